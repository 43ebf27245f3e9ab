package emulator

import (
	"encoding/json"
	"fmt"
	"time"
)

// FaultKind names one way to misbehave.
type FaultKind string

// The faults. Which fields of [Fault] each reads is said beside it.
const (
	FaultStatus          FaultKind = "status"            // answer Status at once: RetryAfter, Body
	FaultCut             FaultKind = "cut"               // cut the connection after Bytes of the answer; 0 = before it
	FaultSlow            FaultKind = "slow"              // wait Delay before the answer
	FaultTinyPages       FaultKind = "tiny_pages"        // pages of Rows (default 3) whatever $top says
	FaultLate            FaultKind = "late"              // lists show a revision only Delay after its lastUpdateDateTime
	FaultTies            FaultKind = "ties"              // documents put in get lastUpdateDateTime cut to the second
	FaultShuffle         FaultKind = "shuffle"           // rows of a page in random order
	FaultNoNextLink      FaultKind = "no_next_link"      // no nextLink from row number Rows on
	FaultNextLinkLast    FaultKind = "next_link_last"    // nextLink after the rows instead of before
	FaultSkipLimit       FaultKind = "skip_limit"        // 400 for a $skip above Rows
	FaultRefuseNextLink  FaultKind = "refuse_next_link"  // 400 for a $skip at all
	FaultForeignNextLink FaultKind = "foreign_next_link" // nextLink points to Host, which must not get the token
	FaultExpandFails     FaultKind = "expand_fails"      // 500 for an expanded page with an incident of more than Rows alerts
	FaultPoison          FaultKind = "poison"            // 500 for every answer holding one of IDs; ExpandOnly
	FaultIgnoreOrderBy   FaultKind = "ignore_orderby"    // newest first whatever $orderby says
	FaultPartial         FaultKind = "partial"           // 206 with a Warning and half of the rows left out
	FaultExpireTokens    FaultKind = "expire_tokens"     // a token counts as expired Delay after it was issued
	FaultWithdrawRoles   FaultKind = "withdraw_roles"    // the app lacks Roles (default all): 403
	FaultUnprovisioned   FaultKind = "unprovisioned"     // the tenant has no Defender: 403, alerts 404; Status
	FaultBodyLimit       FaultKind = "body_limit"        // ingestion takes Bytes; AppliesTo uncompressed or compressed
	FaultLostAnswer      FaultKind = "lost_answer"       // cut the connection before the answer, the work being done
	FaultStaleAnswer     FaultKind = "stale_answer"      // the answer to a write shows the state before it
	FaultStaleRead       FaultKind = "stale_read"        // gets and lists show the state of Delay ago
	FaultNoEffect        FaultKind = "no_effect"         // a PATCH answers 200 and changes nothing
	FaultRewrite         FaultKind = "rewrite"           // a PATCH stores tags and owner otherwise than it was sent them
	FaultEtagConflict    FaultKind = "etag_conflict"     // a PUT of what exists meets 409, as if somebody had written in between
)

// Fault is one way to misbehave, where, and how often.
type Fault struct {
	Kind FaultKind `json:"kind"`

	// Where. An empty field means everywhere the kind makes sense.
	Service   string `json:"service,omitempty"`   // login, graph, ingestion, arm or loganalytics
	Tenant    string `json:"tenant,omitempty"`    // a GUID
	Operation string `json:"operation,omitempty"` // one of operations: list_incidents, put_sentinel, upload, …

	// How often. A fault that has played Count times is over.
	Rate  *float64 `json:"rate,omitempty"`  // share of chances taken, 0 to 1; absent = 1
	Count int      `json:"count,omitempty"` // 0 = no end

	// How.
	Status     int      `json:"status,omitempty"`
	RetryAfter string   `json:"retry_after,omitempty"` // seconds, or "date:SECONDS" for an HTTP date; empty = no header
	Body       string   `json:"body,omitempty"`        // json (default), html or empty
	Bytes      int      `json:"bytes,omitempty"`
	Rows       int      `json:"rows,omitempty"`
	Delay      Duration `json:"delay,omitempty"`
	IDs        []string `json:"ids,omitempty"`
	ExpandOnly bool     `json:"expand_only,omitempty"`
	Host       string   `json:"host,omitempty"`
	Roles      []string `json:"roles,omitempty"`
	AppliesTo  string   `json:"applies_to,omitempty"`
}

// Plan is a list of faults and the seed of their chances. The zero Plan
// misbehaves never.
type Plan struct {
	Seed   uint64  `json:"seed,omitempty"` // 0 = the emulator's
	Faults []Fault `json:"faults"`
}

// Duration is a time.Duration that JSON writes as text, like "90s".
type Duration time.Duration

// UnmarshalJSON reads a text like "1m30s".
func (d *Duration) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return fmt.Errorf("a duration must be a text like \"90s\", got %s", data)
	}
	parsed, err := time.ParseDuration(text)
	*d = Duration(parsed)
	return err
}

// MarshalJSON writes a text like "1m30s".
func (d Duration) MarshalJSON() ([]byte, error) { return json.Marshal(time.Duration(d).String()) }

// rate is the share of chances the fault takes.
func (f Fault) rate() float64 {
	if f.Rate == nil {
		return 1
	}
	return *f.Rate
}

func (d Duration) seconds() float64 { return time.Duration(d).Seconds() }
