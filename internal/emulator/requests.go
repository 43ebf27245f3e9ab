package emulator

import (
	"net/http"
	"time"
)

// requestsMax bounds the memory of the request log; older lines are forgotten.
const requestsMax = 20_000

// service names one of the emulated services.
type service string

const (
	serviceLogin     service = "login"
	serviceGraph     service = "graph"
	serviceIngestion service = "ingestion"

	serviceARM          service = "arm"
	serviceLogAnalytics service = "loganalytics"
)

func services() []service {
	return []service{serviceLogin, serviceGraph, serviceIngestion, serviceARM, serviceLogAnalytics}
}

// Request is one line of the request log. It never holds a header, a body or a
// token.
type Request struct {
	N        uint64    `json:"n"` // from 1, in order of completion
	Time     time.Time `json:"time"`
	Service  string    `json:"service"`
	Tenant   string    `json:"tenant,omitempty"`
	Method   string    `json:"method"`
	Path     string    `json:"path"`
	Query    string    `json:"query"`
	Status   int       `json:"status"`          // 0 = the connection was cut before an answer
	Bytes    int64     `json:"bytes"`           // of the answer's body, as sent
	Received int64     `json:"received"`        // of the request's body, as declared; -1 = not declared
	Fault    string    `json:"fault,omitempty"` // the kind of fault that was played, if any
}

// requestRing keeps the newest requestsMax lines.
type requestRing struct {
	lines []Request
	next  uint64 // number of lines ever added
}

func (l *requestRing) add(line Request) Request {
	l.next++
	line.N = l.next
	if len(l.lines) < requestsMax {
		l.lines = append(l.lines, line)
	} else {
		l.lines[(l.next-1)%requestsMax] = line
	}
	return line
}

// since returns the lines numbered above n that are still kept, oldest first.
func (l *requestRing) since(n uint64) []Request {
	first := uint64(1)
	if l.next > requestsMax {
		first = l.next - requestsMax + 1
	}
	lines := []Request{}
	for i := max(first, n+1); i <= l.next; i++ {
		lines = append(lines, l.lines[(i-1)%requestsMax])
	}
	return lines
}

// exchange is one request on its way through a service.
type exchange struct {
	http.ResponseWriter
	request *http.Request
	service service
	op      operation // "" = nothing is served there
	id      string    // request id
	tenant  string    // as the path or the token says, "" = unknown
	now     time.Time
	fault   string
	bearer  bearerToken
	cutter  *cutter // set while the connection is going to be cut
	answers *answerPool

	wireMax, insideMax int64 // of an upload: the limits in force
	wire               int64 // of an upload: bytes read
	status             int
	bytes              int64
}

func (x *exchange) WriteHeader(status int) {
	if x.status == 0 {
		x.status = status
	}
	x.ResponseWriter.WriteHeader(status)
}

func (x *exchange) Write(data []byte) (int, error) {
	if x.status == 0 {
		x.WriteHeader(http.StatusOK)
	}
	n, err := x.ResponseWriter.Write(data)
	x.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (x *exchange) Unwrap() http.ResponseWriter { return x.ResponseWriter }

// serve runs one request through the faults and a service, and writes its line
// of the log even when the connection is cut on purpose.
func (e *Emulator) serve(w http.ResponseWriter, r *http.Request, name service, next func(*exchange)) {
	x := &exchange{ResponseWriter: w, request: r, service: name, id: e.requestID(), now: e.settings.Now(), answers: &e.answers}
	x.tenant = e.tenantOf(x)
	x.op, _ = operationOf(name, r)
	defer func() {
		line := Request{
			Time: x.now, Service: string(name), Tenant: x.tenant, Method: r.Method, Path: r.URL.Path,
			Query: r.URL.RawQuery, Status: x.status, Bytes: x.bytes, Received: r.ContentLength, Fault: x.fault,
		}
		e.mu.Lock()
		line = e.requests.add(line)
		e.mu.Unlock()
		if e.settings.Log != nil {
			e.settings.Log(line)
		}
	}()
	x.Header().Set("Date", x.now.UTC().Format(http.TimeFormat))
	if !e.misbehave(x) {
		next(x)
	}
	if x.cutter != nil {
		x.cutter.cut() // the answer was shorter than what the fault lets through
	}
}
