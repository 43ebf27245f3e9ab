package ingest

import (
	"unicode/utf8"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/schema"
)

const (
	// escapeMax is how much longer text that is itself JSON can become as a
	// JSON string: it has no control characters but white space, so each byte
	// becomes two at most.
	escapeMax = 2
	// partFrameBytes is more than the members of a part's row take beside the
	// envelope: Part, Parts, the name of Text, TimeGenerated and punctuation.
	partFrameBytes = 128
	// partBytesMin is the least length of a part: it holds any character.
	partBytesMin = utf8.UTFMax
	// partImpossible is the length when not even such a part fits the limit.
	partImpossible = -1
)

// partSize is the length in bytes of the parts of the record's original: as
// long as a value may be, or what fits a body beside the envelope.
func (r *run) partSize() int {
	if r.in.partBytes != 0 {
		return r.in.partBytes
	}
	r.in.partBytes = partImpossible
	for room := ValueBytesMax; room >= roomMin; room /= 2 {
		r.part.begin(room, r.in.mode)
		r.envelope(&r.part, r.encoder.tables.original)
		left := r.packer.limits.row - len(r.part.buf) - partFrameBytes
		// Half the body at least is for the text.
		if left >= r.packer.limits.row/2 || left > 0 && room/2 < roomMin {
			if size := min(ValueBytesMax, left/escapeMax); size >= partBytesMin {
				r.in.partBytes, r.in.partRoom = size, room
			}
			break
		}
	}
	return r.in.partBytes
}

func (r *run) partCount() (n int) {
	size := r.partSize()
	if size == partImpossible {
		return 0
	}
	for text := r.doc.json(); len(text) > 0; n++ {
		text = text[partLen(text, size):]
	}
	return n
}

// partLen is the length of the first part of text: at most size, and between
// two characters.
func partLen(text []byte, size int) int {
	if len(text) <= size {
		return len(text)
	}
	for size > 1 && !utf8.RuneStart(text[size]) {
		size--
	}
	return size
}

// writeParts makes the rows that together hold the original.
func (r *run) writeParts() {
	if !r.encoder.lists(schema.StreamOriginal) {
		r.refuse(schema.StreamOriginal, ReasonStreamNotListed)
		return
	}
	parts := r.partCount()
	if parts == 0 {
		r.refuse(schema.StreamOriginal, ReasonTooLarge)
		return
	}
	at, w := r.stamp(schema.StreamOriginal), &r.part
	text := r.doc.json()
	for part := 1; part <= parts; part++ {
		n := partLen(text, r.partSize())
		w.begin(r.in.partRoom, r.in.mode)
		r.envelope(w, r.encoder.tables.original)
		w.int(schema.Part, part)
		w.int(schema.Parts, parts)
		// The text is no value of the room's: partSize has seen to its length.
		w.room = ValueBytesMax
		w.str(schema.Text, string(text[:n]))
		w.end(at, false)
		r.put(schema.StreamOriginal, w, at)
		r.result.Parts++
		text = text[n:]
	}
}
