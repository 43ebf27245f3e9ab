package graph

import (
	"fmt"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// The problems that are this package's own; the others are record's.
const (
	// ProblemNoPage: a list response without `value`.
	ProblemNoPage record.Problem = "no page of objects"
	// ProblemNoObject: something else where an incident or alert should be.
	ProblemNoObject record.Problem = "no object"
	// ProblemAlerts: an incident with more than AlertsMax alerts.
	ProblemAlerts record.Problem = "too many alerts in one incident"
)

// Place is where in a response something was read.
type Place struct {
	// Kind is what the response holds.
	Kind Kind
	// Object is the index from 0 of the element of `value`, -1 outside of any
	// and for a get.
	Object int
	// Alert is the index from 0 of the alert in its incident, -1 outside of
	// any.
	Alert int
	// Offset is the number of bytes read so far.
	Offset int64
}

// Error says where a response could not be read and why, never what it says.
// errors.Is finds the cause: a record.Problem when the response is at fault
// (reading it again will not help), io.ErrUnexpectedEOF when it was cut short,
// and otherwise the io.Reader's own error.
type Error struct {
	Place
	Err error
}

// Error is "read incident response: object 3, alert 17, byte 52311: nested
// too deep".
func (e *Error) Error() string {
	where := ""
	if e.Object >= 0 {
		where += fmt.Sprintf("object %d, ", e.Object)
	}
	if e.Alert >= 0 {
		where += fmt.Sprintf("alert %d, ", e.Alert)
	}
	return fmt.Sprintf("read %s response: %sbyte %d: %v", e.Kind, where, e.Offset, e.Err)
}

// Unwrap is the cause.
func (e *Error) Unwrap() error { return e.Err }

// wrap is what a caller gets to see of err.
func (d *reader) wrap(err error) error {
	if err == nil || d.refused != nil {
		return d.refused
	}
	d.place.Offset = d.src.offset()
	return &Error{Place: d.place, Err: err}
}
