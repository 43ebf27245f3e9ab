package ledger

import (
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/reconcile"
)

// Entry is what is known of one Defender incident and its twin in one
// workspace. The zero value is no entry; see [NewEntry].
type Entry struct {
	// Link is the Defender incident, Workspace the ARM id of the workspace, in
	// lower case.
	Link      incident.Link `json:"link"`
	Workspace string        `json:"workspace"`
	// Created is when the entry was made. Until settle_time after it nothing is
	// believed that both sides held before (rule R9).
	Created time.Time `json:"created"`
	// Seq counts changes of what is held: it orders reads and values without a
	// clock.
	Seq uint64 `json:"seq"`
	// Sides is the last observation of each side, by Side.
	Sides [2]Observation `json:"sides"`
	// Base is the pair of values both sides last agreed on, by Field; nil for a
	// field they never agreed on.
	Base [incident.FieldCount]*reconcile.Pair `json:"base"`
	// Intent is a write whose answer is not known; nil for none (rule R3).
	Intent *Intent `json:"intent,omitempty"`
	// Holds are fields of Defender that were written and not yet seen there
	// (rule R4).
	Holds []Hold `json:"holds,omitempty"`
	// NoEffects counts, by Field, PATCHes in a row that changed nothing.
	NoEffects [incident.FieldCount]uint8 `json:"no_effects,omitzero"`
	// Coincided is set while both sides seem to have changed to the same
	// (rule R8).
	Coincided *Coincidence `json:"coincided,omitempty"`
	// Parks are writes that will not succeed until something changes.
	Parks []Park `json:"parks,omitempty"`
	// Redirect is set once the Defender incident was merged into another
	// (rule R10).
	Redirect *Redirect `json:"redirect,omitempty"`
	// Comments is what is known of the comments.
	Comments Comments `json:"comments,omitzero"`
	// Alerts are the Defender alerts that are to be related to the twin.
	Alerts Alerts `json:"alerts,omitzero"`
	// Pause delays the writers of each side after trouble, by Side.
	Pause [2]Pause `json:"pause,omitzero"`
	// Brake is set while a closing waits for approval.
	Brake *Brake `json:"brake,omitempty"`
	// ClosedAt is since when both sides are closed; zero while one is not.
	ClosedAt time.Time `json:"closed_at,omitzero"`
	// Decisions are the last ones, oldest first.
	Decisions []Decision `json:"decisions,omitempty"`
	// Deleted is set while the twin stays deleted in Sentinel.
	Deleted *Deleted `json:"deleted,omitempty"`

	fresh int // decisions made since Fresh
}

// NewEntry is an entry that knows nothing yet.
func NewEntry(link incident.Link, workspace string, now time.Time) *Entry {
	return &Entry{Link: link, Workspace: workspace, Created: now}
}

// SentinelName is the twin's resource name.
func (e *Entry) SentinelName() string { return e.Link.SentinelName() }

// Observation is what one side was last seen to hold.
type Observation struct {
	// Known is false until the side was seen.
	Known bool `json:"known,omitempty"`
	// Gone is true if the side does not have the incident: never had, or, with
	// Known, deleted.
	Gone bool `json:"gone,omitempty"`
	// Values are the last ones, but for fields on hold.
	Values incident.Values `json:"values"`
	// Revision is the service's time of the last change, Etag Sentinel's.
	Revision time.Time `json:"revision,omitzero"`
	Etag     string    `json:"etag,omitempty"`
	// Stamps is the revision at which each value was first seen (rule R2).
	Stamps [incident.FieldCount]time.Time `json:"stamps"`
	// Since is the Seq at which each value came to be held.
	Since [incident.FieldCount]uint64 `json:"since"`
	// OwnRead is the Seq at which the last read by the side's own writer began
	// (rule R8).
	OwnRead uint64 `json:"own_read,omitempty"`
	// ReadAt is when the youngest reading began that was taken (rule R9).
	ReadAt time.Time `json:"read_at,omitzero"`
	// Wanted asks for a read by the side's own writer (rules R6, R8).
	Wanted bool `json:"wanted,omitempty"`
	// URL is the incident's page, Made when the incident was made.
	URL  string    `json:"url,omitempty"`
	Made time.Time `json:"made,omitzero"`
}

// Intent is a write under way, saved before it is sent.
type Intent struct {
	// Side is written to; only its writer may work the entry meanwhile.
	Side incident.Side `json:"side"`
	// At is when it was saved.
	At time.Time `json:"at"`
	// Create is true if the twin is being made.
	Create bool `json:"create,omitempty"`
	// Redirect is true if the twin of a merged incident is being closed.
	Redirect bool `json:"redirect,omitempty"`
	// Writes are the fields.
	Writes []reconcile.Write `json:"writes"`
	// Revision is what the side was last seen at, Etag Sentinel's then.
	Revision time.Time `json:"revision,omitzero"`
	Etag     string    `json:"etag,omitempty"`
}

// Hold keeps what is seen of a Defender field from counting until the PATCH of
// it is seen, or settled (rule R4).
type Hold struct {
	// Write is the PATCH of this field.
	Write reconcile.Write `json:"write"`
	// Answered is when the PATCH was answered.
	Answered time.Time `json:"answered"`
	// Due is when a read by the own writer settles it.
	Due time.Time `json:"due"`
	// Revision is what Defender was last seen at before the PATCH.
	Revision time.Time `json:"revision,omitzero"`
	// Contrary is true once an own read showed something else than was asked:
	// stale, or a person's edit. Until that is settled the field is not written
	// again, lest the edit be written over without a record.
	Contrary bool `json:"contrary,omitempty"`
}

// Redirect is where a merged incident went.
type Redirect struct {
	// Into is the id of the incident it was merged into; "" if Graph did not
	// say.
	Into string `json:"into"`
	// At is when that was seen.
	At time.Time `json:"at"`
	// Done is true once the twin was closed.
	Done bool `json:"done,omitempty"`
}

// Deleted says that a person deleted the twin. It stays deleted unless the
// Defender incident is reopened.
type Deleted struct {
	// At is when that was seen.
	At time.Time `json:"at"`
	// Closed is true once the Defender incident was closed after it.
	Closed bool `json:"closed,omitempty"`
}

// Pause is a wait after trouble.
type Pause struct {
	// Until is when the side's writer may work the entry again.
	Until time.Time `json:"until,omitzero"`
	// Attempts is how often in a row it met trouble.
	Attempts int `json:"attempts,omitempty"`
	// Reason is the last trouble, without personal data.
	Reason string `json:"reason,omitempty"`
	// Single is true while fields are written one by one, to find the one that
	// is refused.
	Single bool `json:"single,omitempty"`
}

// Brake is a closing that waits because there are too many of them.
type Brake struct {
	// Side is the side that would be closed.
	Side incident.Side `json:"side"`
	// Since is when it began to wait, Until when it may be tried again without
	// approval.
	Since time.Time `json:"since"`
	Until time.Time `json:"until"`
	// Approved is true once a person let it through.
	Approved bool `json:"approved,omitempty"`
}

// Settings is what entries are judged by.
type Settings struct {
	// Policy is how each field is kept in step.
	Policy reconcile.Policy
	// Vocabulary says what a value means on the other side.
	Vocabulary incident.Vocabulary
	// SettleTime is how stale the services' answers may be (assumption W5).
	SettleTime time.Duration
	// Started is when this process began: what the one before it sent may have
	// arrived until then. Set by [Open].
	Started time.Time
}

// settled is when what was sent at a time shows in whatever is read.
func (s Settings) settled(sent time.Time) time.Time {
	if sent.Before(s.Started) {
		sent = s.Started
	}
	return sent.Add(s.SettleTime)
}
