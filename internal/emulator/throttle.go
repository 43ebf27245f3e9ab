package emulator

import (
	"math"
	"net/http"
	"strconv"
	"time"
)

// faultGraphRPM names answers of the enforced limit among the faults.
const faultGraphRPM = "graph_rpm"

// window is the times of a tenant's latest Graph requests, as many as the
// limit allows in a minute. Any span of sixty seconds counts, so the limit is
// stricter than one that starts afresh with each minute: who keeps this one
// keeps both.
type window struct {
	times []time.Time
	next  int
}

// add notes a request and returns how long until the next would be allowed; a
// wait above zero means that this request was one too many. Requests over the
// limit count too, as the services say.
func (w *window) add(now time.Time, limit int) (wait time.Duration) {
	if len(w.times) < limit {
		w.times = append(w.times, now)
		return 0
	}
	oldest := w.times[w.next]
	w.times[w.next] = now
	w.next = (w.next + 1) % limit
	if now.Sub(oldest) >= time.Minute {
		return 0
	}
	return w.times[w.next].Add(time.Minute).Sub(now)
}

// overLimit answers 429 to a Graph request above the enforced limit.
func (e *Emulator) overLimit(x *exchange) bool {
	if x.service != serviceGraph || e.settings.GraphRPM == 0 {
		return false
	}
	e.mu.Lock()
	w := e.throttle[x.tenant]
	if w == nil {
		w = &window{}
		e.throttle[x.tenant] = w
	}
	wait := w.add(x.now, e.settings.GraphRPM)
	if wait > 0 {
		e.throttled++
	}
	e.mu.Unlock()
	if wait <= 0 {
		return false
	}
	x.fault = faultGraphRPM
	x.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	x.failure(http.StatusTooManyRequests)
	return true
}
