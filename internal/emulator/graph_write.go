package emulator

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator/rawjson"
)

// writeBuffer is what is gathered before bytes go out; a page of 100 MB is
// never put together in memory.
const writeBuffer = 64 << 10

// answer opens the body of a Graph answer, gzipped when the caller takes that.
// The returned function ends the body.
func (x *exchange) answer(status int) (io.Writer, func()) {
	x.Header().Set("Content-Type",
		"application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8")
	gzipped := strings.Contains(x.request.Header.Get("Accept-Encoding"), "gzip")
	if gzipped {
		x.Header().Set("Content-Encoding", "gzip")
	}
	x.WriteHeader(status)
	a := x.answers.take(x, gzipped)
	return a.out, func() {
		_ = a.out.Flush() // a client that has gone away needs no answer
		if gzipped {
			_ = a.zip.Close()
		}
		x.answers.free.Put(a)
	}
}

// answerPool keeps buffers and compressors between answers: a compressor is most
// of a megabyte, and most answers are a few hundred bytes.
type answerPool struct{ free sync.Pool }

// answerBody is what gathers an answer, and compresses it.
type answerBody struct {
	out *bufio.Writer
	zip *gzip.Writer
}

func (p *answerPool) take(to io.Writer, gzipped bool) *answerBody {
	a, ok := p.free.Get().(*answerBody)
	if !ok {
		zip, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // never errs: the level is the package's own
		a = &answerBody{bufio.NewWriterSize(nil, writeBuffer), zip}
	}
	if gzipped {
		a.zip.Reset(to)
		to = a.zip
	}
	a.out.Reset(to)
	return a
}

// masker returns what hides enum members from this caller; nil hides nothing.
func (x *exchange) masker() *masker {
	for _, prefer := range x.request.Header.Values("Prefer") {
		for part := range strings.SplitSeq(prefer, ",") {
			if strings.EqualFold(strings.TrimSpace(part), "include-unknown-enum-members") {
				x.Header().Set("Preference-Applied", "include-unknown-enum-members")
				return nil
			}
		}
	}
	return newMasker()
}

func contextOf(r *http.Request, fragment string) []byte {
	return rawjson.Quote(origin(r) + "/v1.0/$metadata#security/" + fragment)
}

// writePage streams a list answer.
func (e *Emulator) writePage(x *exchange, op operation, p page) {
	fragment := "incidents"
	switch {
	case op == opAlerts:
		fragment = "alerts_v2"
	case p.expanded:
		fragment = "incidents(alerts())"
	}
	mask := x.masker()
	if p.status == http.StatusPartialContent {
		x.Header().Set("Warning", fmt.Sprintf(`199 - "Microsoft/Defender/504/%d"`, 30*time.Second/time.Millisecond))
	}
	w, end := x.answer(p.status)
	defer end()
	write(w, []byte(`{"@odata.context":`), contextOf(x.request, fragment))
	if p.counted {
		write(w, fmt.Appendf(nil, `,"@odata.count":%d`, p.total))
	}
	if p.next != "" && !p.nextLast {
		write(w, []byte(`,"@odata.nextLink":`), rawjson.Quote(p.next))
	}
	write(w, []byte(`,"value":[`))
	for i, r := range p.rows {
		if i > 0 {
			write(w, []byte(`,`))
		}
		write(w, []byte(`{`))
		writeRow(w, r, op == opAlerts, p.expanded, mask)
	}
	write(w, []byte(`]`))
	if p.next != "" && p.nextLast {
		write(w, []byte(`,"@odata.nextLink":`), rawjson.Quote(p.next))
	}
	write(w, []byte(`}`))
}

// writeObject answers one incident or alert, its context first.
func (e *Emulator) writeObject(x *exchange, op operation, r row, expanded bool) {
	fragment := "incidents/$entity"
	switch {
	case op == opAlert:
		fragment = "alerts_v2/$entity"
	case expanded:
		fragment = "incidents(alerts())/$entity"
	}
	mask := x.masker()
	w, end := x.answer(http.StatusOK)
	defer end()
	write(w, []byte(`{"@odata.context":`), contextOf(x.request, fragment), []byte(`,`))
	writeRow(w, r, op == opAlert, expanded, mask)
}

// writeRow writes the members of one object and its closing brace.
func writeRow(w io.Writer, r row, alert, expanded bool, mask *masker) {
	for i, m := range r.members {
		if i > 0 {
			write(w, []byte(`,`))
		}
		write(w, m.Key, []byte(`:`), mask.value(alert, m.Name, m.Value))
	}
	if expanded {
		write(w, []byte(`,"alerts":[`))
		for i, a := range r.alerts {
			if i > 0 {
				write(w, []byte(`,`))
			}
			write(w, []byte(`{`))
			writeRow(w, row{revision: a}, true, false, mask)
		}
		write(w, []byte(`]`))
	}
	write(w, []byte(`}`))
}

// write sends parts on; an error means that the client has gone, and the
// buffer in front keeps it.
func write(w io.Writer, parts ...[]byte) {
	for _, part := range parts {
		_, _ = w.Write(part)
	}
}
