package sim

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"
)

// kqlRow is a row by column; kqlArrived is when it came.
type kqlRow = map[string]any

const kqlArrived = "ingestion_time()"

// kqlRun is one run of a query.
type kqlRun struct {
	now     time.Time
	tables  map[string][]kqlRow // as of now, with a value in every column
	bodies  map[string]string   // functions by name
	scalars map[string]any
}

// kqlStep is an operator.
type kqlStep func(r *kqlRun, rows []kqlRow) []kqlRow

// query runs a query and answers its rows.
func (r *kqlRun) query(text string) []kqlRow {
	if r.scalars == nil {
		r.scalars = map[string]any{}
	}
	known := map[string]bool{}
	for name := range r.tables {
		known[name] = true
	}
	for name := range r.bodies {
		known[name] = true
	}
	p := &kqlParser{text: text, words: kqlWords(text), tables: known}
	for p.take("let") {
		name := p.next()
		p.want("=")
		if known[p.peek()] {
			r.tables[name], known[name] = p.tabular()(r), true
		} else {
			r.scalars[name] = p.expression()(kqlEnv{run: r})
		}
		p.want(";")
	}
	rows := p.tabular()(r)
	if p.peek() != "" {
		panic("left over: " + p.peek())
	}
	return rows
}

// tabular reads a source and the operators behind it.
func (p *kqlParser) tabular() func(r *kqlRun) []kqlRow {
	source := p.next()
	if !p.tables[source] {
		panic("no table " + source)
	}
	steps := p.steps()
	return func(r *kqlRun) []kqlRow {
		rows, ok := r.tables[source]
		if body, isFunction := r.bodies[source]; isFunction && !ok {
			inner := *r
			inner.scalars, inner.tables = nil, maps.Clone(r.tables)
			rows = inner.query(body)
		}
		return steps(r, rows)
	}
}

func (p *kqlParser) steps() kqlStep {
	var steps []kqlStep
	for p.take("|") {
		steps = append(steps, p.step(p.next()))
	}
	return func(r *kqlRun, rows []kqlRow) []kqlRow {
		for _, step := range steps {
			rows = step(r, rows)
		}
		return rows
	}
}

func (p *kqlParser) step(operator string) kqlStep {
	switch operator {
	case "where":
		condition := p.expression()
		return func(r *kqlRun, rows []kqlRow) (out []kqlRow) {
			for _, row := range rows {
				if condition(kqlEnv{run: r, row: row}) == true {
					out = append(out, row)
				}
			}
			return out
		}
	case "extend":
		columns := p.columns()
		return func(r *kqlRun, rows []kqlRow) []kqlRow { return kqlEach(r, rows, columns, true) }
	case "project", "distinct":
		columns := p.columns()
		return func(r *kqlRun, rows []kqlRow) []kqlRow {
			out := kqlEach(r, rows, columns, false)
			if operator == "distinct" {
				out = kqlDistinct(out)
			}
			return out
		}
	case "take":
		n := kqlNumber(p.next()).(int64)
		return func(_ *kqlRun, rows []kqlRow) []kqlRow { return rows[:min(len(rows), int(n))] }
	case "order":
		return p.order()
	case "join":
		return p.join()
	case "mv":
		return p.expand()
	case "summarize":
		return p.summarize()
	}
	panic("no operator " + operator)
}

// kqlColumn is a column being made.
type kqlColumn struct {
	name string
	of   kqlExpr
}

func (p *kqlParser) columns() (list []kqlColumn) {
	if p.take("-", "away") { // project-away
		for {
			list = append(list, kqlColumn{name: p.next()})
			if !p.take(",") {
				return list
			}
		}
	}
	for {
		name := p.peek()
		if len(p.words) > 1 && p.words[1].text == "=" {
			p.words = p.words[2:]
		}
		list = append(list, kqlColumn{name, p.expression()})
		if !p.take(",") {
			return list
		}
	}
}

func kqlEach(r *kqlRun, rows []kqlRow, columns []kqlColumn, keep bool) (out []kqlRow) {
	away := columns[0].of == nil
	for _, row := range rows {
		made := kqlRow{kqlArrived: row[kqlArrived]}
		if keep || away {
			made = maps.Clone(row)
		}
		for _, c := range columns {
			if away {
				delete(made, c.name)
				continue
			}
			made[c.name] = c.of(kqlEnv{run: r, row: row})
		}
		out = append(out, made)
	}
	return out
}

func kqlDistinct(rows []kqlRow) (out []kqlRow) {
	for _, row := range rows {
		delete(row, kqlArrived)
		if !slices.ContainsFunc(out, func(other kqlRow) bool { return reflect.DeepEqual(row, other) }) {
			out = append(out, row)
		}
	}
	return out
}

func (p *kqlParser) order() kqlStep {
	p.want("by")
	var columns []kqlColumn
	for {
		columns = append(columns, kqlColumn{p.next(), nil})
		if p.take("asc") {
			columns[len(columns)-1].of = func(kqlEnv) any { return "asc" }
		} else {
			p.take("desc")
		}
		if !p.take(",") {
			break
		}
	}
	return func(_ *kqlRun, rows []kqlRow) []kqlRow {
		out := slices.Clone(rows)
		slices.SortStableFunc(out, func(a, b kqlRow) int {
			for _, c := range columns {
				if o := kqlOrder(a[c.name], b[c.name]); o == -1 || o == 1 {
					return map[bool]int{true: o, false: -o}[c.of != nil]
				}
			}
			return 0
		})
		return out
	}
}

func (p *kqlParser) join() kqlStep {
	p.want("kind", "=")
	kind := p.next()
	var other func(r *kqlRun) []kqlRow
	if p.take("(") {
		other = p.tabular()
		p.want(")")
	} else {
		name := p.next()
		other = func(r *kqlRun) []kqlRow { return r.tables[name] }
	}
	p.want("on")
	key := p.next()
	want, ok := map[string]bool{"leftanti": false, "leftsemi": true}[kind]
	if !ok {
		panic("no join of kind " + kind)
	}
	return func(r *kqlRun, rows []kqlRow) (out []kqlRow) {
		there := map[any]bool{}
		for _, row := range other(r) {
			there[row[key]] = true
		}
		for _, row := range rows {
			if there[row[key]] == want {
				out = append(out, row)
			}
		}
		return out
	}
}

// expand reads mv-expand and mv-apply.
func (p *kqlParser) expand() kqlStep {
	p.want("-")
	operator := p.next()
	column := kqlColumn{name: p.next()}
	p.want("=")
	column.of = p.expression()
	p.want("to", "typeof", "(")
	typ := p.inside()
	inner := func(_ *kqlRun, rows []kqlRow) []kqlRow { return rows }
	if operator == "apply" {
		p.want("on", "(")
		p.words = append([]kqlWord{{"|", p.words[0].at}}, p.words...)
		inner = p.steps()
		p.want(")")
	}
	return func(r *kqlRun, rows []kqlRow) (out []kqlRow) {
		for _, row := range rows {
			list, _ := column.of(kqlEnv{run: r, row: row}).([]any)
			var each []kqlRow
			for _, one := range list {
				made := maps.Clone(row)
				if made[column.name] = one; typ == "string" {
					made[column.name] = kqlText(one)
				}
				each = append(each, made)
			}
			for _, made := range inner(r, each) {
				whole := maps.Clone(row)
				maps.Copy(whole, made)
				out = append(out, whole)
			}
		}
		return out
	}
}

func (p *kqlParser) summarize() kqlStep {
	var made []kqlColumn
	for {
		name := p.peek()
		switch {
		case len(p.words) > 1 && p.words[1].text == "=":
			p.words = p.words[2:]
			made = append(made, kqlColumn{name, p.expression()})
		case name == "arg_max", name == "arg_min", name == "take_any":
			p.want(name, "(")
			made = append(made, kqlColumn{"", p.pick(name)})
		default:
			panic("an aggregate without a name: " + name)
		}
		if !p.take(",") {
			break
		}
	}
	var by []kqlColumn
	if p.take("by") {
		by = p.columns()
	}
	return func(r *kqlRun, rows []kqlRow) (out []kqlRow) {
		groups, keys := map[string][]kqlRow{}, []kqlRow{}
		if len(by) > 0 {
			rows = kqlEach(r, rows, by, true)
		}
		for _, row := range rows {
			key := kqlRow{}
			for _, c := range by {
				key[c.name] = row[c.name]
			}
			id := fmt.Sprint(key)
			if groups[id] == nil {
				keys = append(keys, key)
			}
			groups[id] = append(groups[id], row)
		}
		for _, key := range keys {
			e := kqlEnv{run: r, group: groups[fmt.Sprint(key)]}
			row := kqlRow{}
			for _, c := range made {
				v := c.of(e)
				if picked, ok := v.(kqlRow); ok && c.name == "" {
					maps.Copy(row, picked)
				} else {
					row[c.name] = v
				}
			}
			maps.Copy(row, key)
			out = append(out, row)
		}
		return out
	}
}

// pick reads what stands in arg_max, arg_min and take_any: the row of the
// greatest, least or any value, and which of its columns.
func (p *kqlParser) pick(kind string) kqlExpr {
	var names []string
	for !p.take(")") {
		names = append(names, p.next())
		p.take(",")
	}
	by := ""
	if kind != "take_any" {
		by = names[0]
	}
	return func(e kqlEnv) any {
		best := e.group[0]
		for _, row := range e.group {
			if o := kqlOrder(row[by], best[by]); by != "" && (kind == "arg_max" && o == 1 || kind == "arg_min" && o == -1) {
				best = row
			}
		}
		out := kqlRow{}
		for _, name := range names {
			if name == "*" {
				maps.Copy(out, best)
				continue
			}
			out[name] = best[name]
		}
		return out
	}
}

func kqlAggregates() map[string]func(e kqlEnv, of []kqlExpr) any {
	list := func(condition func(e kqlEnv, of []kqlExpr) bool, most int, set bool) func(e kqlEnv, of []kqlExpr) any {
		return func(e kqlEnv, of []kqlExpr) any {
			out := []any{}
			for _, row := range e.group {
				in := kqlEnv{run: e.run, row: row}
				v := of[0](in)
				if v == nil || !condition(in, of) || set && slices.ContainsFunc(out, func(o any) bool { return reflect.DeepEqual(o, v) }) {
					continue
				}
				if len(of) <= most || int64(len(out)) < of[most](in).(int64) {
					out = append(out, v)
				}
			}
			return out
		}
	}
	always := func(kqlEnv, []kqlExpr) bool { return true }
	second := func(e kqlEnv, of []kqlExpr) bool { return of[1](e) == true }
	extreme := func(want int) func(e kqlEnv, of []kqlExpr) any {
		return func(e kqlEnv, of []kqlExpr) (best any) {
			for _, row := range e.group {
				if v := of[0](kqlEnv{run: e.run, row: row}); best == nil || kqlOrder(v, best) == want {
					best = cmp.Or(v, best)
				}
			}
			return best
		}
	}
	return map[string]func(e kqlEnv, of []kqlExpr) any{
		"min": extreme(-1), "max": extreme(1),
		"make_list_if": list(second, 2, false), "make_set": list(always, 1, true), "make_set_if": list(second, 2, true),
	}
}
