package ingest

import (
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// Encoder turns records into bodies for one destination. It is safe for
// concurrent use: each Encode works on memory of its own, borrowed from the
// encoder's pools.
type Encoder struct {
	tables     tables
	listed     map[string]bool
	auxiliary  map[string]bool
	compressed bool
	pool       *pool
}

// New returns an Encoder. It keeps no reference to the slices in set. A Level
// that gzip does not know is taken as 0.
func New(set Settings) *Encoder {
	level := set.Level
	if level < 1 || level > 9 {
		level = 0
	}
	return &Encoder{
		tables:     compileTables(),
		listed:     setOf(set.Streams),
		auxiliary:  setOf(set.Auxiliary),
		compressed: set.LimitCompressed,
		pool:       newPool(level),
	}
}

func setOf(names []string) map[string]bool {
	set := make(map[string]bool, len(names))
	for _, name := range names {
		set[name] = true
	}
	return set
}

func (e *Encoder) lists(stream string) bool { return len(e.listed) == 0 || e.listed[stream] }

// Job is one call's input.
type Job struct {
	// Logs are the records; they are only read.
	Logs plog.Logs
	// Plan says which streams a record feeds; nil means Route alone.
	Plan Plan
	// Now is the time of writing. It replaces a TimeGenerated that Azure
	// would not honour.
	Now time.Time
	// BodyBytesMax is a lower body limit than the usual, learned from a 413:
	// bytes before compression, or on the wire with LimitCompressed. 0, and
	// anything over the usual limit, means the usual one; no limit under 1,024
	// bytes is obeyed.
	BodyBytesMax int
}

// Encode hands each body to emit as soon as it is full, and the last ones when
// all records are encoded. Every record ends in at least one body, in
// Result.Unsendable, in Result.Resync, in Result.ForOthers or in Result.Rowless. emit owns the body
// it is given and may keep it, send it from another goroutine, or collect it
// in an Owed when there is no time left to send. Encode does not fail.
func (e *Encoder) Encode(job Job, emit func(*Body)) Result {
	if job.Plan == nil {
		job.Plan = func(dst []Feed, _ pcommon.Map, lr plog.LogRecord) []Feed { return Route(dst, lr) }
	}
	r := e.borrow(job, emit)
	for _, rl := range job.Logs.ResourceLogs().All() {
		for _, sl := range rl.ScopeLogs().All() {
			for _, lr := range sl.LogRecords().All() {
				r.in = input{at: r.result.Records, resource: rl.Resource().Attributes(), scope: sl.Scope(), record: lr}
				r.result.Records++
				r.encode()
			}
		}
	}
	r.packer.finish()
	return e.giveBack(r)
}

// modeOf says how Bytes are to be read: in our own records they are number
// literals.
func modeOf(eventName string) record.Mode {
	for _, prefix := range [...]string{"microsoft.defender.", "microsoft.sentinel.", "microsoft.asim."} {
		if strings.HasPrefix(eventName, prefix) {
			return record.ModeRecord
		}
	}
	return record.ModeForeign
}
