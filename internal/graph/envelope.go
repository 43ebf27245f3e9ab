package graph

import "github.com/seed-9ff5f8f0/defender-sentinel/internal/record"

// members reads an object's members: each name, decoded and also in whole,
// goes to member, which must read the value.
func (d *reader) members(member func(name []byte) error) error {
	if err := d.src.expect('{'); err != nil {
		return err
	}
	return d.list('}', func() error {
		if c, err := d.src.next(); err != nil {
			return err
		} else if c != '"' {
			return record.ProblemSyntax
		}
		text, err := d.src.value(linkBytesMax)
		if err != nil {
			return err
		}
		// Reading the colon may move the window under text.
		d.name = append(d.name[:0], text...)
		if err := d.whole.Parse(d.name); err != nil {
			return err
		}
		if err := d.src.expect(':'); err != nil {
			return err
		}
		return member(d.whole.Root().Text())
	})
}

// elements reads an array's elements.
func (d *reader) elements(element func() error) error {
	if err := d.src.expect('['); err != nil {
		return err
	}
	return d.list(']', element)
}

// list reads items, commas between them, and the closing bracket.
func (d *reader) list(bracket byte, item func() error) error {
	if done, err := d.src.take(bracket); done || err != nil {
		return err
	}
	for {
		if err := item(); err != nil {
			return err
		}
		if more, err := d.src.take(','); err != nil {
			return err
		} else if !more {
			return d.src.expect(bracket)
		}
	}
}

// parse reads one value into whole.
func (d *reader) parse(limit int) error {
	text, err := d.src.value(limit)
	if err != nil {
		return err
	}
	return d.whole.Parse(text)
}

// head shows the next object in whole and gives its length if the window holds
// all of it and it is sound, which is quicker than finding its end first; 0
// otherwise. Nothing is read yet.
func (d *reader) head() (n int, err error) {
	text, err := d.src.ahead()
	if err != nil || d.length == 0 || len(text) < d.length {
		return 0, err // so long was the last one: this is hardly whole
	}
	return d.whole.ParseHead(text, ObjectBytesMax), nil
}

// parseObject is parse for an object.
func (d *reader) parseObject() error {
	n, err := d.head()
	if err != nil {
		return err
	}
	if n > 0 {
		d.src.skip(n)
	} else if err := d.parse(ObjectBytesMax); err != nil {
		return err
	} else if !d.whole.IsObject() {
		return ProblemNoObject
	}
	d.length = len(d.whole.Root().Raw())
	return nil
}

// text reads a string into s; any other value leaves it empty.
func (d *reader) text(s *string) error {
	err := d.parse(linkBytesMax)
	if err == nil {
		*s = string(d.whole.Root().Text())
	}
	return err
}

// count reads an integer into the page; any other value leaves -1.
func (d *reader) count() error {
	err := d.parse(linkBytesMax)
	if err != nil {
		return err
	}
	d.result.Count = -1
	kind, n, _ := record.ParseNumber(string(d.whole.Root().Raw()))
	if kind == record.NumberInt && int64(int(n)) == n {
		d.result.Count = int(n)
	}
	return nil
}

func (d *reader) show(o *Object) error {
	d.refused = d.visit(o)
	return d.refused
}
