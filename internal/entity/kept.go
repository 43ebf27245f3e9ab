package entity

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
)

// kept are the values and texts of one alert. What is made of them names them
// by number: a record without pointers costs nothing to forget, and nothing to
// write while the garbage collector marks.
type kept struct {
	values []pcommon.Value
	texts  []string
	// valuesUsed and textsUsed are the most that alerts needed since reset.
	valuesUsed, textsUsed int
}

// textRef names a text: n > 0 the text n-1, n < 0 all of the value -n-1, 0 none.
type textRef int32

// textOf names the text that the value at i is.
func textOf(i int32) textRef { return textRef(-i - 1) }

// str is the text that r names, "" for none.
func (k *kept) str(r textRef) string {
	switch {
	case r > 0:
		return k.texts[r-1]
	case r < 0:
		return k.values[-r-1].Str()
	}
	return ""
}

func (k *kept) keep(v pcommon.Value) int32 {
	k.values = append(k.values, v)
	return int32(len(k.values) - 1)
}

func (k *kept) keepText(s string) textRef {
	k.texts = append(k.texts, s)
	return textRef(len(k.texts))
}

// textAt is keepText for a text that may be all of what r names.
func (k *kept) textAt(s string, r textRef) textRef {
	if r != 0 && k.str(r) == s {
		return r
	}
	return k.keepText(s)
}

// begin begins the next alert, whose values take the place of the last one's.
func (k *kept) begin() {
	k.valuesUsed, k.textsUsed = max(k.valuesUsed, len(k.values)), max(k.textsUsed, len(k.texts))
	k.values, k.texts = k.values[:0], k.texts[:0]
}

// reset lets go of the alerts, and of memory that only an outsized one needs.
func (k *kept) reset() {
	k.begin()
	if cap(k.values) > keptMax || cap(k.texts) > keptMax {
		*k = kept{}
		return
	}
	clear(k.values[:k.valuesUsed])
	clear(k.texts[:k.textsUsed])
	k.valuesUsed, k.textsUsed = 0, 0
}

// keptMax is room for the values of a large alert.
const keptMax = 64 * EntitiesMax

// held is an identifier among those of an alert; the zero held is none.
type held struct {
	text textRef
	// thing is one more than the number of the thing that it is, 0 for a text.
	thing  int32
	fold   bool
	hashed uint64 // 0 until that is asked for
}

// none reports that h is none.
func (h *held) none() bool { return h.text == 0 && h.thing == 0 }

// heldThing is the identifier that another thing is.
func heldThing(i int32) held { return held{thing: i + 1} }

// hold makes i one of the alert's identifiers. Its text may be all of what from
// names.
func (k *kept) hold(i ident, from textRef) held {
	h := held{thing: i.thing, fold: i.fold, hashed: i.hashed}
	if i.text != "" {
		h.text = k.textAt(i.text, from)
	}
	return h
}

// ident is what h holds.
func (k *kept) ident(h *held) ident {
	return ident{text: k.str(h.text), thing: h.thing, fold: h.fold, hashed: h.hashed}
}

// equal is ident.equal.
func (k *kept) equal(x, y *held) bool {
	if x.thing != y.thing {
		return false
	}
	if x.text == y.text {
		return true
	}
	return k.ident(x).equal(k.ident(y))
}

// hash is ident.hash, and keeps what it finds.
func (k *kept) hash(h *held, seed, sum uint64) uint64 {
	if h.thing == 0 && h.hashed == 0 {
		i := k.ident(h)
		h.hashed = i.ofText(seed) | 1
	}
	return (&ident{thing: h.thing, hashed: h.hashed}).hash(seed, sum)
}
