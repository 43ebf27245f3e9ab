package graph

import (
	"bytes"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// assembly is an object put together from its members, so that its alerts can
// go by and what belongs to the response can be left out.
type assembly struct {
	doc            record.Document
	text           []byte
	id             string
	expanded       bool
	alertIDs       []string
	alertsNextLink string
}

func (a *assembly) reset() {
	a.text, a.alertIDs = append(a.text[:0], '{'), a.alertIDs[:0]
	a.id, a.expanded, a.alertsNextLink = "", false, ""
}

// response is the kind of response that an object is read from.
type response int

const (
	// responseList: the object is an element of a page.
	responseList response = iota
	// responseGet: the object is the response, so it has the response's
	// @odata.context.
	responseGet
)

// plainIncident shows the next incident in one piece, which is quicker, if it
// can: it is whole in the window, sound, small and without alerts. Otherwise
// nothing was read, and object has it or says what is wrong with it.
func (d *reader) plainIncident() (done bool, err error) {
	n, err := d.head()
	if err != nil || n == 0 {
		return false, err
	}
	for name := range d.whole.Members() {
		if bytes.HasPrefix(name, []byte("alerts")) {
			d.expanded = true
			return false, nil
		}
	}
	d.src.skip(n)
	d.length = n
	o := summarise(KindIncident, &d.whole)
	return true, d.show(&o)
}

// object reads one object member by member and shows it.
func (d *reader) object(from response) error {
	a := &d.outer
	a.reset()
	if c, err := d.src.next(); err != nil {
		return err
	} else if c != '{' {
		return ProblemNoObject
	}
	err := d.members(func(name []byte) error { return d.member(from, name) })
	if err != nil {
		return err
	}
	d.place.Alert = -1
	a.text = append(a.text, '}')
	if err := a.doc.Parse(a.text); err != nil {
		return err
	}
	d.length = len(a.text)
	o := summarise(d.kind, &a.doc)
	o.Expanded, o.AlertIDs, o.AlertsNextLink = a.expanded, a.alertIDs, a.alertsNextLink
	return d.show(&o)
}

// member reads the value of the object's member of that name and keeps it,
// shows it or leaves it out.
func (d *reader) member(from response, name []byte) error {
	incident := d.kind == KindIncident
	switch {
	case incident && string(name) == "alerts":
		return d.alerts()
	case incident && string(name) == "alerts@odata.nextLink":
		return d.text(&d.outer.alertsNextLink)
	case incident && bytes.HasPrefix(name, []byte("alerts@odata.")),
		from == responseGet && string(name) == "@odata.context":
		return d.parse(linkBytesMax)
	default:
		return d.keep(string(name) == "id")
	}
}

// keep appends the member whose name is in whole, and remembers the id.
func (d *reader) keep(isID bool) error {
	a := &d.outer
	if len(a.text) > 1 {
		a.text = append(a.text, ',')
	}
	a.text = append(append(a.text, d.whole.Root().Raw()...), ':')
	value, err := d.src.value(ObjectBytesMax - len(a.text) - len(`}`))
	if err != nil {
		return err
	}
	a.text = append(a.text, value...)
	if !isID {
		return nil
	}
	err = d.whole.Parse(value)
	a.id = word(d.whole.Root())
	return err
}

// alerts reads an incident's alerts and shows each. null is no expansion.
func (d *reader) alerts() error {
	if c, err := d.src.next(); err != nil {
		return err
	} else if c == 'n' {
		return d.parse(linkBytesMax)
	}
	a := &d.outer
	a.expanded, d.expanded = true, true
	return d.elements(func() error {
		if d.place.Alert = len(a.alertIDs); d.place.Alert >= AlertsMax {
			return ProblemAlerts
		}
		return d.alert(a.id)
	})
}

// alert reads one alert and shows it. around is the id of the incident around
// it, empty when there is none or it is not known yet.
func (d *reader) alert(around string) error {
	if err := d.parseObject(); err != nil {
		return err
	}
	o := summarise(KindAlert, &d.whole)
	if o.IncidentID == "" {
		o.IncidentID = around
	}
	if d.kind == KindIncident {
		d.outer.alertIDs = append(d.outer.alertIDs, o.ID)
	}
	return d.show(&o)
}
