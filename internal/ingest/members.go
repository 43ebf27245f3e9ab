package ingest

import (
	"slices"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/schema"
)

// customPrefix is what the streams of custom tables begin with.
const customPrefix = "Custom-"

// names makes columns of property names, and remembers them: the rows of one
// table have the same names again and again.
type names struct {
	// rename says that Azure's reserved names and added are renamed.
	rename bool
	added  []string
	known  map[string]*column
}

// namesMax bounds what is remembered: more than the columns of all hunting
// tables together, and hostile names begin anew.
const namesMax = 4096

func newNames(added ...string) names { return names{rename: true, added: added} }

func (n *names) column(property string) *column {
	if c := n.known[property]; c != nil {
		return c
	}
	return n.learn(property)
}

func (n *names) columnOf(property []byte) *column {
	if c := n.known[string(property)]; c != nil {
		return c
	}
	return n.learn(string(property))
}

func (n *names) learn(property string) *column {
	if n.known == nil || len(n.known) >= namesMax {
		n.known = make(map[string]*column)
	}
	property = strings.Clone(property)
	name := property
	if n.rename {
		name = schema.Rename(name)
		if slices.Contains(n.added, name) {
			name += "_"
		}
	}
	c := &column{name: name, key: string(record.AppendString(nil, name)) + ":"}
	n.known[property] = c
	return c
}

// membersRow makes a row whose columns are the body's members.
func (r *run) membersRow(f Feed, at stamp) (stamp, Reason) {
	w, custom := &r.row, strings.HasPrefix(f.Stream, customPrefix)
	columns := &r.builtin
	switch {
	case f.Row == RowHunting:
		columns = &r.hunting
		r.huntingEnvelope()
	case custom:
		columns = &r.custom
	}
	own, ok := "", false
	if r.doc.parse() {
		own, ok = r.textMembers(columns, f.Row)
	} else if r.doc.body.Type() == pcommon.ValueTypeMap {
		own, ok = w.mapMembers(columns, r.doc.body.Map(), f.Row), true
	}
	if !ok {
		return at, ReasonNotAnObject
	}
	at.time = timeOr(at.time, own, r.job.Now)
	w.end(at, custom)
	return at, ""
}

func (r *run) huntingEnvelope() {
	if v, ok := r.in.record.Attributes().Get(record.UIDKey); ok {
		r.row.str(schema.RecordUID, v.AsString())
	}
	if v, ok := r.in.resource.Get(record.TenantID); ok {
		r.row.str(schema.SourceTenantID, v.AsString())
	}
}

// mapMembers appends the members of m. own is the body's own TimeGenerated,
// which is not appended, where rows of the kind may have one.
func (w *row) mapMembers(columns *names, m pcommon.Map, kind RowKind) (own string) {
	for name, v := range m.All() {
		if kind == RowBody && name == schema.TimeGenerated {
			own = v.AsString()
			continue
		}
		w.member(columns.column(name), v)
	}
	return own
}

// member appends a value as it is: there is no type to convert it to.
func (w *row) member(c *column, v pcommon.Value) {
	start := len(w.buf)
	w.buf = append(w.buf, c.key...)
	ok := false
	switch v.Type() {
	case pcommon.ValueTypeEmpty:
	case pcommon.ValueTypeStr:
		w.string(c.name, v.Str())
		ok = true
	case pcommon.ValueTypeBool, pcommon.ValueTypeInt, pcommon.ValueTypeDouble, pcommon.ValueTypeBytes,
		pcommon.ValueTypeMap, pcommon.ValueTypeSlice:
		ok = w.dynamic(c.name, v)
	}
	if !ok {
		w.buf = w.buf[:start]
		return
	}
	w.buf = append(w.buf, ',')
}

// textMembers is mapMembers for a body of JSON text: each value is copied as
// it stands. Only one that is too long becomes a tree.
func (r *run) textMembers(columns *names, kind RowKind) (own string, ok bool) {
	if !r.doc.parsed.IsObject() {
		return "", false
	}
	w := &r.row
	for name, v := range r.doc.parsed.Members() {
		if kind == RowBody && string(name) == schema.TimeGenerated {
			own = string(v.Text())
			continue
		}
		raw := v.Raw()
		if string(raw) == "null" {
			continue
		}
		c := columns.columnOf(name)
		if len(raw) > w.room {
			r.longMember(c, string(name))
			continue
		}
		w.buf = append(append(append(w.buf, c.key...), raw...), ',')
	}
	return own, true
}

func (r *run) longMember(c *column, name string) {
	if members, ok := r.doc.members(); ok {
		if v, ok := members.Get(name); ok {
			r.row.member(c, v)
		}
	}
}
