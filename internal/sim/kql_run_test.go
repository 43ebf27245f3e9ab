package sim

import (
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
