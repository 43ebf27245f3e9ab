package sentinelexporter

import (
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/pdata/plog"
)

// errorsKept bounds the text of one failed push: a batch may make many
// requests, and they mostly fail alike.
const errorsKept = 4

// outcome is what one push left over: what to send again, what is given up.
type outcome struct {
	rest  plog.Logs
	given map[reason]plog.Logs
	errs  []error
	more  int // errors beyond errorsKept
	// delay is the shortest wait of all that is sent again: what must wait
	// longer is held back by the destination's holds.
	delay time.Duration
	any   bool
}

func newOutcome() *outcome {
	return &outcome{rest: plog.NewLogs(), given: map[reason]plog.Logs{}}
}

// again notes a failure that is tried again after a time; 0 leaves the time to
// exporterhelper's back-off.
func (o *outcome) again(err error, after time.Duration) {
	if !o.any || after < o.delay {
		o.delay = after
	}
	o.any = true
	if len(o.errs) == errorsKept {
		o.more++
		return
	}
	o.errs = append(o.errs, err)
}

// resend adds records to send again. It takes them out of ld.
func (o *outcome) resend(ld plog.Logs) {
	ld.ResourceLogs().MoveAndAppendTo(o.rest.ResourceLogs())
}

// giveUp adds records that are not tried again. It takes them out of ld.
func (o *outcome) giveUp(why reason, ld plog.Logs) {
	if ld.LogRecordCount() == 0 {
		return
	}
	if _, ok := o.given[why]; !ok {
		o.given[why] = plog.NewLogs()
	}
	ld.ResourceLogs().MoveAndAppendTo(o.given[why].ResourceLogs())
}

// err is what push returns: nil when nothing is to be sent again, else an
// error that carries exactly the records that are, and the time to wait.
// consumererror.Logs and the throttle error are found by exporterhelper
// anywhere in the chain.
func (o *outcome) err() error {
	if o.rest.LogRecordCount() == 0 {
		return nil
	}
	errs := o.errs
	if o.more > 0 {
		errs = append(errs, fmt.Errorf("and %d more requests", o.more))
	}
	err := errors.Join(errs...)
	if o.delay > 0 {
		err = exporterhelper.NewThrottleRetry(err, o.delay)
	}
	return consumererror.NewLogs(err, o.rest)
}
