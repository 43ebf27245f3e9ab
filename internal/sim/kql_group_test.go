package sim

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
)

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
