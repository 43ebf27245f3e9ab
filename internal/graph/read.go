package graph

import (
	"io"
	"sync"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

const (
	// ObjectBytesMax is the longest text of one alert, or of one incident
	// without its alerts. Tens of kB are usual; an alert of 400 pieces of
	// evidence has 3 MB. It bounds the memory of a read.
	ObjectBytesMax = 32 << 20
	// AlertsMax is how many alerts of one incident are read; their ids are
	// kept until the incident is whole. Incidents of some hundreds are seen.
	AlertsMax = 50_000
	// linkBytesMax is the longest text of anything around the objects: a
	// context, a count, a nextLink. URLs over 16 KB pass no proxy.
	linkBytesMax = 64 << 10
)

// Visit is called with each object as soon as it is whole. An error ends the
// reading and is returned as it is.
type Visit func(o *Object) error

// Page is what stands around the objects of one list response.
type Page struct {
	// NextLink is where the next page is to be had, as the service wrote it,
	// empty on the last. It may name any host: check before use.
	NextLink string
	// Objects is how many elements `value` had, an incident's alerts not
	// counted.
	Objects int
	// Count is `@odata.count`, -1 when the response has none or no integer.
	Count int
}

// ReadPage reads a list response, `{"value":[…], …}` with its members in any
// order, from r to its end, and shows each of its objects to visit. An
// incident's alerts come before it. A repeated `value` or `alerts` member is
// read like the first; of other repeated members the last counts.
//
// The error is visit's own, or an *Error: the response was cut (it is then
// io.ErrUnexpectedEOF), r gave an error (it is then that one), is no page, or
// one object is over a limit. Objects shown before were whole and stay valid;
// nothing is ever shown in part.
//
// Source: Microsoft Graph v1.0, list incidents, list alerts_v2, read 2026-11.
func ReadPage(r io.Reader, kind Kind, visit Visit) (Page, error) {
	d := newReader(r, kind, visit)
	defer d.release()
	err := d.page()
	return d.result, d.wrap(err)
}

// ReadObject reads the response to a get of one object: the object itself,
// whose member `@odata.context` belongs to the response and is left out. An
// incident's alerts come before it. Errors as ReadPage.
//
// Source: Microsoft Graph v1.0, get incident, get alert, read 2026-11.
func ReadObject(r io.Reader, kind Kind, visit Visit) error {
	d := newReader(r, kind, visit)
	defer d.release()
	err := d.object(responseGet)
	if err == nil {
		err = d.src.end()
	}
	return d.wrap(err)
}

// reader reads one response.
type reader struct {
	src   source
	kind  Kind
	visit Visit
	// whole is for what is read in one piece: alerts, names, single values.
	whole record.Document
	// length is that of the last object read, 0 before the first.
	length int
	name   []byte // the text behind whole while it is a name
	// outer is for the object that is put together from its members.
	outer assembly
	// expanded says that an incident of this page had alerts: the others will.
	expanded bool
	result   Page
	place    Place
	// refused is visit's error, which is not ours to wrap.
	refused error
}

// readers are those that nobody uses now, with their buffers: an idle poll would
// spend more on these than on anything else.
var readers = sync.Pool{New: func() any { return new(reader) }}

// keptBytesMax is the largest text in a reader that is kept: one with a larger has
// read a giant, and is dropped with all it needed for that.
const keptBytesMax = 1 << 20

func newReader(r io.Reader, kind Kind, visit Visit) *reader {
	d, _ := readers.Get().(*reader)
	*d = reader{
		src:    source{r: r, window: d.src.window[:0]},
		kind:   kind,
		visit:  visit,
		whole:  d.whole,
		outer:  d.outer,
		name:   d.name,
		result: Page{Count: -1},
		place:  Place{Kind: kind, Object: -1, Alert: -1},
	}
	return d
}

// release ends the use of a reader and of all that it handed out.
func (d *reader) release() {
	d.src.r, d.visit = nil, nil
	if cap(d.src.window) <= keptBytesMax && cap(d.outer.text) <= keptBytesMax {
		readers.Put(d)
	}
}

func (d *reader) page() error {
	hasValue := false
	err := d.members(func(name []byte) error {
		switch string(name) {
		case "value":
			hasValue = true
			return d.elements(func() error {
				d.place.Object = d.result.Objects
				d.result.Objects++
				return d.element()
			})
		case "@odata.nextLink":
			return d.text(&d.result.NextLink)
		case "@odata.count":
			return d.count()
		default:
			return d.parse(linkBytesMax)
		}
	})
	if err != nil {
		return err
	}
	d.place.Object = -1
	if !hasValue {
		return ProblemNoPage
	}
	return d.src.end()
}

// element reads one element of `value`.
func (d *reader) element() error {
	if d.kind == KindAlert {
		return d.alert("")
	}
	if !d.expanded {
		if done, err := d.plainIncident(); done || err != nil {
			return err
		}
	}
	return d.object(responseList)
}
