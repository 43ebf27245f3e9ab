package ingest

import (
	"slices"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/schema"
)

// run is one Encode: what it was given, what it is working on, and the memory
// that is used again from record to record and from run to run.
type run struct {
	encoder *Encoder
	job     Job
	packer  packer
	result  Result

	in  input
	doc document
	row row
	// part is the row of a part; its size is asked for while row is built.
	part row
	// entities are those of the record at hand.
	entities entities
	feed     []Feed
	owed     []string
	// hunting, custom and builtin know the columns of rows whose columns are
	// the body's members.
	hunting, custom, builtin names
}

// input is the record at hand, and what is known of it once.
type input struct {
	at       int
	resource pcommon.Map
	scope    pcommon.InstrumentationScope
	record   plog.LogRecord

	mode record.Mode
	time time.Time
	// rows is how many rows the record has so far, refused how many of its
	// streams are unsendable.
	rows, refused int
	// marked says that the record owes rows to run.owed only.
	marked bool
	// partsDue says that a row refers to parts; cutRoom that it does so
	// because its values had to be shorter than usual.
	partsDue, cutRoom bool
	// partBytes is the length of a part, 0 while it is not known; partRoom
	// the room for the values beside it.
	partBytes, partRoom int
}

func (e *Encoder) borrow(job Job, emit func(*Body)) *run {
	r, ok := e.pool.runs.Get().(*run)
	if !ok {
		r = &run{
			packer:  newPacker(),
			hunting: newNames(schema.TimeGenerated, schema.RecordUID, schema.SourceTenantID, schema.ShortenedColumns),
			custom:  newNames(schema.ShortenedColumns),
		}
	}
	r.encoder, r.job = e, job
	r.packer.begin(e.pool, limitsOf(e.compressed, job.BodyBytesMax), emit)
	return r
}

// giveBack keeps the memory and lets go of everything that is the caller's.
func (e *Encoder) giveBack(r *run) Result {
	result := r.result
	result.Streams, result.Splits = r.packer.streams, r.packer.splits
	r.job, r.in, r.result = Job{}, input{}, Result{}
	r.doc.release()
	r.entities.release()
	clear(r.feed[:cap(r.feed)])
	clear(r.owed[:cap(r.owed)])
	clear(r.row.shortened[:cap(r.row.shortened)])
	if r.row.size()+r.part.size()+r.doc.size()+r.entities.size() <= keptBytesMax {
		e.pool.runs.Put(r)
	}
	return result
}

// keptBytesMax is how much memory of a run is kept for the next: room for rows
// and an original of the usual length; that of a giant goes back.
const keptBytesMax = 4 << 20

func (r *run) encode() {
	in := &r.in
	attributes := in.record.Attributes()
	if v, ok := attributes.Get(record.DefenderResync); ok && v.Type() == pcommon.ValueTypeBool && v.Bool() {
		r.result.Resync++
		return
	}
	in.mode = modeOf(in.record.EventName())
	in.time = timeOf(in.record, r.job.Now)
	r.owed, in.marked = pending(r.owed[:0], attributes)
	r.feed = r.job.Plan(r.feed[:0], in.resource, in.record)
	if len(r.feed) == 0 && record.IsForOthers(in.record.EventName()) {
		r.result.ForOthers++
		return
	}
	r.doc.begin(in.record.Body(), in.mode)
	r.entities.begin()
	if r.doc.hasLongLeaf() || attributesHaveLongLeaf(attributes) {
		r.refuse("", ReasonValueOverBodyLimit)
		return
	}
	planned := 0
	for _, f := range r.feed {
		if in.marked && !slices.Contains(r.owed, f.Stream) {
			continue
		}
		planned++
		r.write(f)
	}
	parts := r.needsParts()
	if parts {
		r.writeParts()
	}
	switch {
	case planned == 0 && !parts:
		r.refuse("", ReasonNoStream)
	case in.rows == 0 && in.refused == 0:
		r.result.Rowless++
	}
}

// needsParts decides about the rows of parts. A marked record owes them when
// it says so, or when its row is being written with shorter values than it may
// have been the first time and so may refer to parts that were never sent.
func (r *run) needsParts() bool {
	if !r.in.marked {
		return r.in.partsDue
	}
	return slices.Contains(r.owed, schema.StreamOriginal) || r.in.partsDue && r.in.cutRoom
}

func (r *run) refuse(stream string, why Reason) {
	r.in.refused++
	r.result.Unsendable = append(r.result.Unsendable, Unsendable{Record: r.in.at, Stream: stream, Reason: why})
}

// write makes the rows of one feed.
func (r *run) write(f Feed) {
	switch {
	case !r.encoder.lists(f.Stream):
		r.refuse(f.Stream, ReasonStreamNotListed)
	case f.Row == RowEntity:
		r.writeEntities(f.Stream)
	default:
		if why := r.writeRow(f.Stream, func(room int) (stamp, Reason) { return r.build(f, room) }); why != "" {
			r.refuse(f.Stream, why)
		}
	}
}

// roomMin is the least room for a value that is tried before a row is given
// up as too large.
const roomMin = 32

// writeRow builds a row with the usual room for its values, and with half of
// it again and again while the row is over the body limit.
func (r *run) writeRow(stream string, build func(room int) (stamp, Reason)) Reason {
	for room := ValueBytesMax; room >= roomMin; room /= 2 {
		at, why := build(room)
		if why != "" {
			return why
		}
		if r.row.len() <= r.packer.limits.row {
			r.put(stream, &r.row, at)
			return ""
		}
	}
	return ReasonTooLarge
}

// build makes the row of a feed that has one row.
func (r *run) build(f Feed, room int) (at stamp, why Reason) {
	at = r.stamp(f.Stream)
	r.row.begin(room, r.in.mode)
	switch f.Row {
	case RowIncident:
		r.tableRow(&r.row, r.encoder.tables.incident)
	case RowAlert:
		r.tableRow(&r.row, r.encoder.tables.alert)
		r.alertEntities()
	case RowOriginal:
		r.tableRow(&r.row, r.encoder.tables.envelope)
	case RowHunting, RowBody:
		return r.membersRow(f, at)
	case RowOTel:
		r.otelRow()
		r.row.end(at, false)
		return at, ""
	case RowEntity:
	}
	r.row.end(at, true)
	return at, ""
}

func (r *run) stamp(stream string) stamp {
	return stamp{time: r.in.time, auxiliary: r.encoder.auxiliary[stream]}
}

// put sends a finished row on its way and notes what it says.
func (r *run) put(stream string, w *row, at stamp) {
	r.packer.put(bodyKey{stream: stream, bucket: at.bucket()}, w, r.in.at)
	r.in.rows++
	r.result.Shortened += len(w.shortened)
	r.result.EntitiesOmitted += w.omitted
	if w.parts {
		r.in.partsDue = true
		r.in.cutRoom = r.in.cutRoom || w.room < ValueBytesMax
	}
}
