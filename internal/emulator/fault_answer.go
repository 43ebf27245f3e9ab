package emulator

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// misbehave plays the limit of requests and the faults that need no knowledge
// of the service. It returns true when the request is answered by that.
func (e *Emulator) misbehave(x *exchange) bool {
	if f, played := e.play(x, FaultSlow); played {
		timer := time.NewTimer(time.Duration(f.Delay))
		defer timer.Stop()
		select {
		case <-timer.C:
			x.now = e.settings.Now()
		case <-x.request.Context().Done():
			panic(http.ErrAbortHandler) // the client has gone
		}
	}
	if f, played := e.play(x, FaultCut); played {
		if f.Bytes == 0 {
			panic(http.ErrAbortHandler)
		}
		x.cutter = &cutter{ResponseWriter: x.ResponseWriter, left: f.Bytes}
		x.ResponseWriter = x.cutter
	}
	if _, played := e.play(x, FaultLostAnswer); played {
		x.cutter = &cutter{ResponseWriter: x.ResponseWriter}
		x.ResponseWriter = x.cutter
	}
	if e.overLimit(x) {
		return true
	}
	f, played := e.play(x, FaultStatus)
	if played {
		x.fail(f)
	}
	return played
}

// cutter lets some bytes of the answer through and then cuts the connection, as
// a proxy does that dies. The request has been carried out by then: an upload
// whose 204 is lost has left its rows.
type cutter struct {
	http.ResponseWriter
	left int
}

func (c *cutter) WriteHeader(status int) {
	if status == http.StatusNoContent || c.left == 0 {
		panic(http.ErrAbortHandler) // there is no body to cut, or none of it may be seen
	}
	c.ResponseWriter.WriteHeader(status)
}

func (c *cutter) Write(data []byte) (int, error) {
	n, err := c.ResponseWriter.Write(data[:min(len(data), c.left)])
	if c.left -= n; c.left <= 0 {
		c.cut()
	}
	return n, err
}

// cut ends the connection after what was written. Without the flush the server
// would send nothing at all.
func (c *cutter) cut() {
	_ = http.NewResponseController(c.ResponseWriter).Flush() // it is cut either way
	panic(http.ErrAbortHandler)
}

// fail answers with the status of a fault, in the form of the service.
func (x *exchange) fail(f Fault) {
	if f.RetryAfter != "" {
		x.Header().Set("Retry-After", x.retryAfter(f.RetryAfter))
	}
	switch f.Body {
	case "html":
		x.Header().Set("Content-Type", "text/html")
		x.WriteHeader(f.Status)
		_, _ = fmt.Fprintf(x, "<html><head><title>%d %s</title></head><body>Our services aren't available right now</body></html>",
			f.Status, http.StatusText(f.Status))
	case "empty":
		x.WriteHeader(f.Status)
	default:
		x.failure(f.Status)
	}
}

// retryAfter writes either form of the header.
func (x *exchange) retryAfter(text string) string {
	date, isDate := strings.CutPrefix(text, "date:")
	if !isDate {
		return text
	}
	seconds, err := strconv.Atoi(date)
	if err != nil {
		return text // never: the plan was checked
	}
	return x.now.Add(time.Duration(seconds) * time.Second).UTC().Format(http.TimeFormat)
}

// failure answers a status in the service's own error form.
func (x *exchange) failure(status int) {
	code, message := failureWords(status)
	switch x.service {
	case serviceLogin:
		x.loginError(status, "temporarily_unavailable", 90033, message)
	case serviceGraph:
		x.graphHeaders()
		x.graphError(status, code, message)
	case serviceIngestion:
		x.ingestError(status, code, message)
	case serviceARM:
		x.armHeaders()
		x.armError(status, code, message)
	case serviceLogAnalytics:
		x.queryError(status, code, message)
	}
}

// failureWords are chosen where no text was captured.
func failureWords(status int) (code, message string) {
	switch status {
	case http.StatusTooManyRequests:
		return "TooManyRequests", "Too many requests. Please retry later."
	case http.StatusInternalServerError:
		return "InternalServerError", "An internal server error occurred."
	case http.StatusServiceUnavailable:
		return "ServiceNotAvailable", "The service is temporarily unavailable."
	case http.StatusGatewayTimeout:
		return "GatewayTimeout", "The upstream server did not answer in time."
	default:
		return "UnknownError", http.StatusText(status)
	}
}
