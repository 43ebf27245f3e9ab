package state

import (
	"errors"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/window"
)

// QuarantineMax bounds the objects that are retried one by one; beyond it the
// oldest is dropped from the list, its revision having been emitted.
const QuarantineMax = 256

// Position is where a receiver stands with one tenant or workspace.
type Position struct {
	// Incidents is the cursor of the incidents' list.
	Incidents window.Cursor `json:"incidents"`
	// Alerts is the cursor of alerts_v2; nil while alerts come with their
	// incidents.
	Alerts *window.Cursor `json:"alerts,omitempty"`
	// Apart says that Alerts was switched on because some incident could not
	// be read with its alerts.
	Apart bool `json:"apart,omitempty"`
	// Resynced is when the last resync began.
	Resynced time.Time `json:"resynced,omitzero"`
	// Quarantine lists what the service does not show, to be tried again.
	Quarantine []Quarantined `json:"quarantine,omitempty"`
}

// Quarantined is an incident that answers 500 with its alerts, or, without ID,
// a row of which only the time is known.
type Quarantined struct {
	// Kind is incidents or alerts: the list it was missed in.
	Kind Set `json:"kind"`
	// ID is the incident's, empty if it could not be listed at all.
	ID string `json:"id,omitempty"`
	// Between is when the unlisted row was updated.
	Between window.Span `json:"between,omitzero"`
	// Since is when it was met, Next when it is tried again.
	Since time.Time `json:"since"`
	Next  time.Time `json:"next"`
	// Attempts so far.
	Attempts int `json:"attempts"`
}

// Set names a seen-set and its list.
type Set string

// The sets.
const (
	SetIncidents Set = "incidents"
	SetAlerts    Set = "alerts"
)

// document is a Position as it is stored: with the ids of its chunks.
type document struct {
	Position
	Seen map[Set][]uint64 `json:"seen,omitempty"`
}

// format of document. Version 1 is the first.
func format() Format { return Format{Version: 1} }

var errCursor = errors.New("its cursor is not one")

func (d document) check() error {
	if !d.Incidents.Valid() || (d.Alerts != nil && !d.Alerts.Valid()) {
		return errCursor
	}
	if len(d.Quarantine) > QuarantineMax {
		return errors.New("its quarantine is too long")
	}
	return nil
}
