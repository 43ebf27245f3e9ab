package incidentledgerextension

import (
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/reconcile"
)

// view is an entry as people read it: by names of fields and sides.
type view struct {
	ID        ledger.ID     `json:"id"`
	Link      incident.Link `json:"link"`
	Workspace string        `json:"workspace"`
	Sentinel  string        `json:"sentinel"`
	Created   time.Time     `json:"created"`
	ClosedAt  time.Time     `json:"closed_at,omitzero"`
	// Sides is how each side was last seen, Fields what both hold.
	Sides  map[string]sideView  `json:"sides"`
	Fields map[string]fieldView `json:"fields"`
	// Pending is what each side's writer has to do, and from when on.
	Pending  map[string][]pendingView `json:"pending,omitempty"`
	Parked   []ledger.Park            `json:"parked,omitempty"`
	Held     *ledger.Brake            `json:"held,omitempty"`
	Intent   *intentView              `json:"unanswered_write,omitempty"`
	Unseen   []writeView              `json:"written_not_yet_seen,omitempty"`
	Redirect *ledger.Redirect         `json:"redirect,omitempty"`
	Deleted  *ledger.Deleted          `json:"deleted,omitempty"`
	Comments commentsView             `json:"comments"`
	Alerts   alertsView               `json:"alerts"`
	// Decisions are the last ones, oldest first.
	Decisions []decisionView `json:"decisions"`
}

type sideView struct {
	Known    bool      `json:"known"`
	Gone     bool      `json:"gone,omitempty"`
	Revision time.Time `json:"revision,omitzero"`
	ReadAt   time.Time `json:"read_at,omitzero"`
	URL      string    `json:"url,omitempty"`
	// Trouble is the last, Until when the side's writer waits because of it.
	Trouble string    `json:"trouble,omitempty"`
	Until   time.Time `json:"until,omitzero"`
}

type fieldView struct {
	Defender any      `json:"defender"`
	Sentinel any      `json:"sentinel"`
	Base     *twoView `json:"base"`
}

type twoView struct {
	Defender any `json:"defender"`
	Sentinel any `json:"sentinel"`
}

type pendingView struct {
	Kind string    `json:"kind"`
	At   time.Time `json:"not_before,omitzero"`
}

type writeView struct {
	Side   string    `json:"side"`
	Field  string    `json:"field"`
	Before any       `json:"before"`
	Asked  any       `json:"asked"`
	Rule   string    `json:"rule"`
	Due    time.Time `json:"settled_at,omitzero"`
}

type intentView struct {
	At     time.Time   `json:"at"`
	Create bool        `json:"create,omitempty"`
	Writes []writeView `json:"writes,omitempty"`
}

type commentsView struct {
	Copied int `json:"done"`
	// Pending wait to be copied to each side, whole.
	Pending map[string][]incident.Comment `json:"pending,omitempty"`
	Parked  map[string]string             `json:"parked,omitempty"`
}

type alertsView struct {
	Related int      `json:"related"`
	Waiting []string `json:"waiting,omitempty"`
	Over    int      `json:"over,omitempty"`
}

type decisionView struct {
	At       time.Time     `json:"at"`
	Field    string        `json:"field"`
	Rule     string        `json:"rule"`
	Result   ledger.Result `json:"result"`
	Side     string        `json:"side,omitempty"`
	Value    any           `json:"value,omitempty"`
	Winner   string        `json:"winner,omitempty"`
	Defender any           `json:"defender,omitempty"`
	Sentinel any           `json:"sentinel,omitempty"`
	Base     *twoView      `json:"base,omitempty"`
	Reason   string        `json:"reason,omitempty"`
}

// notKept stands for the text of a title or description of a closed incident.
const notKept = "(not kept of a closed incident)"

// shownValue is a value as people write it.
func shownValue(field string, v incident.Value) any {
	switch {
	case ledger.AtRest(v):
		return notKept
	case field == incident.FieldTags.String():
		return append([]string{}, incident.SplitTags(v)...)
	}
	return v
}

func newTwoView(field string, p *reconcile.Pair) *twoView {
	if p == nil {
		return nil
	}
	return &twoView{shownValue(field, p[incident.SideDefender]), shownValue(field, p[incident.SideSentinel])}
}

// newView shows an entry.
func newView(id ledger.ID, e *ledger.Entry, s ledger.Settings) view {
	v := view{
		ID: id, Link: e.Link, Workspace: e.Workspace, Sentinel: e.SentinelName(), Created: e.Created, ClosedAt: e.ClosedAt,
		Sides: map[string]sideView{}, Fields: map[string]fieldView{}, Pending: map[string][]pendingView{},
		Parked: e.Parks, Held: e.Brake, Redirect: e.Redirect, Deleted: e.Deleted,
		Comments:  commentsView{len(e.Comments.Done), map[string][]incident.Comment{}, map[string]string{}},
		Alerts:    alertsView{e.Alerts.Related, e.Alerts.Waiting, e.Alerts.Over},
		Decisions: []decisionView{},
	}
	for _, side := range incident.Sides() {
		v.side(e, side, s)
	}
	for _, f := range incident.Fields() {
		name := f.String()
		v.Fields[name] = fieldView{shownValue(name, e.Sides[0].Values[f]), shownValue(name, e.Sides[1].Values[f]), newTwoView(name, e.Base[f])}
	}
	if in := e.Intent; in != nil {
		v.Intent = &intentView{At: in.At, Create: in.Create}
		for _, w := range in.Writes {
			v.Intent.Writes = append(v.Intent.Writes, newWriteView(w, time.Time{}))
		}
	}
	for _, h := range e.Holds {
		v.Unseen = append(v.Unseen, newWriteView(h.Write, h.Due))
	}
	for _, d := range e.Decisions {
		v.Decisions = append(v.Decisions, newDecisionView(d))
	}
	return v
}

func (v *view) side(e *ledger.Entry, side incident.Side, s ledger.Settings) {
	o, name := e.Sides[side], side.String()
	v.Sides[name] = sideView{o.Known, o.Gone, o.Revision, o.ReadAt, o.URL, e.Pause[side].Reason, e.Pause[side].Until}
	for _, need := range e.Needs(side, s) {
		v.Pending[name] = append(v.Pending[name], pendingView{need.Kind.String(), need.At})
	}
	if pending := e.Comments.Pending[side]; len(pending) > 0 {
		v.Comments.Pending[name] = pending
	}
	if parked := e.Comments.Parked[side]; parked != "" {
		v.Comments.Parked[name] = parked
	}
}

func newWriteView(w reconcile.Write, due time.Time) writeView {
	name := w.Field.String()
	return writeView{w.Side.String(), name, shownValue(name, w.Before), shownValue(name, w.Asked), string(w.Rule), due}
}

func newDecisionView(d ledger.Decision) decisionView {
	v := decisionView{
		At: d.At, Field: d.Field, Rule: d.Rule, Result: d.Result, Side: d.Side, Winner: d.Winner,
		Base: newTwoView(d.Field, d.Base), Reason: d.Reason,
	}
	for _, value := range []struct {
		to *any
		v  incident.Value
	}{{&v.Value, d.Value}, {&v.Defender, d.Defender}, {&v.Sentinel, d.Sentinel}} {
		if value.v != "" {
			*value.to = shownValue(d.Field, value.v)
		}
	}
	return v
}
