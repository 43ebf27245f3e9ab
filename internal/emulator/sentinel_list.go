package emulator

import (
	"bytes"
	"net/http"
	"slices"
	"strings"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator/rawjson"
)

// sentinelPage is one answer of the list.
type sentinelPage struct {
	rows     []*sentinelIncident
	next     string
	nextLast bool
}

// listSentinel answers one page of incidents.
func (e *Emulator) listSentinel(x *exchange, w *workspace) {
	q, bad := parseSentinelQuery(x.request)
	if x.refuse(bad) {
		return
	}
	if _, played := e.playIf(x, FaultRefuseNextLink, func(Fault) bool { return q.offset > 0 }); played {
		x.armError(http.StatusBadRequest, "BadRequest", "The skip token is no longer valid.")
		return
	}
	if _, played := e.play(x, FaultIgnoreOrderBy); played {
		q.orderBy, q.ascending = propertyModified, false
	}
	tiny, played := e.play(x, FaultTinyPages)
	size := q.top
	if played {
		size = min(size, tiny.Rows)
	}
	e.mu.Lock()
	p := e.sentinelPageLocked(x, w, q, size)
	e.mu.Unlock()
	names := make([]string, len(p.rows))
	for i, r := range p.rows {
		names[i] = r.name
	}
	if e.poisons(x, names...) {
		return
	}
	e.spoilSentinelPage(x, q, &p)
	e.mu.Lock()
	body := p.write(w)
	e.mu.Unlock()
	x.armJSON(http.StatusOK, body)
}

// sentinelPageLocked reads one page. When more follows, a page may be shorter
// than asked for: up to half of it is left for the next one.
func (e *Emulator) sentinelPageLocked(x *exchange, w *workspace, q sentinelQuery, size int) sentinelPage {
	rows := e.matchedLocked(x, w, q, q.offset+size+1)
	rows = rows[min(q.offset, len(rows)):]
	if len(rows) <= size {
		return sentinelPage{rows: rows}
	}
	size -= int(mix(e.settings.Seed, uint64(q.offset)) % uint64(size/2+1))
	return sentinelPage{rows: rows[:size], next: sentinelLink(x.request, q.token(q.offset+size))}
}

// matchedLocked returns the first rows of a list in the order asked for, at
// most as many as wanted. In order of modification, and with every read up to
// date, it looks only at those it returns and those the filter drops.
func (e *Emulator) matchedLocked(x *exchange, w *workspace, q sentinelQuery, most int) []*sentinelIncident {
	matched := []*sentinelIncident{}
	take := func(i *sentinelIncident) bool {
		if q.filter == nil || q.filter.Match(i.value) {
			matched = append(matched, i)
		}
		return len(matched) < most || q.orderBy != propertyModified
	}
	visible := e.staleLocked(x, FaultLate, FaultStaleRead)
	if visible == nil {
		w.index.all(q.from, q.ascending || q.orderBy == "", take)
	} else {
		for _, h := range w.incidents {
			if i := h.seen(visible); i != nil && (q.filter == nil || q.filter.Match(i.value)) {
				matched = append(matched, i)
			}
		}
	}
	if visible != nil || q.orderBy != propertyModified {
		q.sort(matched)
	}
	return matched[:min(most, len(matched))]
}

func (q *sentinelQuery) sort(rows []*sentinelIncident) {
	order := byName
	switch q.orderBy {
	case propertyModified:
		order = byModified
	case propertyCreated:
		order = byCreated
	}
	slices.SortFunc(rows, func(a, b *sentinelIncident) int {
		if q.orderBy != "" && !q.ascending {
			return order(b, a)
		}
		return order(a, b)
	})
}

// spoilSentinelPage plays the faults that change a good page.
func (e *Emulator) spoilSentinelPage(x *exchange, q sentinelQuery, p *sentinelPage) {
	if _, played := e.play(x, FaultShuffle); played {
		shuffleBy(p.rows, e.settings.Seed, func(i *sentinelIncident) string { return i.name })
	}
	if p.next == "" {
		return
	}
	_, p.nextLast = e.play(x, FaultNextLinkLast)
	if f, played := e.play(x, FaultForeignNextLink); played {
		p.next = strings.Replace(p.next, "://"+x.request.Host, "://"+f.Host, 1)
	}
	if _, played := e.playIf(x, FaultNoNextLink, func(f Fault) bool { return q.offset+len(p.rows) >= f.Rows }); played {
		p.next = ""
	}
}

// write gives the page as JSON. Lists write the type of incidents with a large
// letter, as recorded ones do.
func (p *sentinelPage) write(w *workspace) []byte {
	var out bytes.Buffer
	out.WriteString(`{`)
	if p.next != "" && !p.nextLast {
		out.WriteString(`"nextLink":`)
		out.Write(rawjson.Quote(p.next))
		out.WriteString(`,`)
	}
	out.WriteString(`"value":[`)
	for i, r := range p.rows {
		if i > 0 {
			out.WriteByte(',')
		}
		out.Write(r.write(w, "Incidents"))
	}
	out.WriteByte(']')
	if p.next != "" && p.nextLast {
		out.WriteString(`,"nextLink":`)
		out.Write(rawjson.Quote(p.next))
	}
	out.WriteByte('}')
	return out.Bytes()
}
