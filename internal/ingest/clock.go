package ingest

import (
	"time"

	"go.opentelemetry.io/collector/pdata/plog"
)

// stamp is a row's TimeGenerated.
type stamp struct {
	time time.Time
	// auxiliary says that the row's table is of the Auxiliary plan.
	auxiliary bool
}

// append writes the time as Azure reads it, in quotes: RFC 3339 in UTC, of as
// many decimals as it has; at most six for an Auxiliary table.
func (s stamp) append(dst []byte) []byte {
	t := s.time
	if s.auxiliary {
		t = t.Truncate(time.Microsecond)
	}
	dst = t.UTC().AppendFormat(append(dst, '"'), time.RFC3339Nano)
	return append(dst, '"')
}

// bucket numbers the span of time whose rows may share a body; always 0 for
// other plans, which have no such rule.
func (s stamp) bucket() int64 {
	if !s.auxiliary {
		return 0
	}
	seconds, span := s.time.Unix(), int64(auxiliarySpan/time.Second)
	if seconds < 0 {
		return (seconds+1)/span - 1
	}
	return seconds / span
}

// honoured reports whether Azure would keep t as TimeGenerated, received
// shortly after now.
func honoured(t, now time.Time) bool {
	return !t.Before(now.Add(timeMargin-timeBackMax)) && !t.After(now.Add(timeAheadMax-timeMargin))
}

// timeOf is the record's time when Azure would honour it, else now. A record
// without a time of its own has the one at which it was observed.
func timeOf(lr plog.LogRecord, now time.Time) time.Time {
	at := lr.Timestamp()
	if at == 0 {
		at = lr.ObservedTimestamp()
	}
	if t := at.AsTime(); at != 0 && honoured(t, now) {
		return t
	}
	return now
}

// timeOr is the time that text says when Azure would honour it, else t.
func timeOr(t time.Time, text string, now time.Time) time.Time {
	if own, ok := parseTime(text); ok && honoured(own, now) {
		return own
	}
	return t
}
