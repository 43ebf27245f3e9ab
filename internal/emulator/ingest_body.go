package emulator

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator/rawjson"
)

// The limits of a body. The documents can be read as a limit on the wire or on
// what is inside; the emulator holds both against 1 MiB unless a fault of kind
// body_limit says that the inside is free up to the larger cap.
const (
	bodyMax         = 1_048_576
	decompressedMax = 50 << 20
)

// bodyLimit is how many bytes a body may have on the wire and inside.
func (e *Emulator) bodyLimit(x *exchange) (wire, inside int64) {
	f, played := e.play(x, FaultBodyLimit)
	switch {
	case !played:
		return bodyMax, bodyMax
	case f.AppliesTo == "compressed":
		return int64(f.Bytes), decompressedMax
	default:
		return int64(f.Bytes), int64(f.Bytes)
	}
}

// refusesLength answers 413 from the declared length alone, before reading.
func (e *Emulator) refusesLength(x *exchange) bool {
	x.wireMax, x.insideMax = e.bodyLimit(x)
	if x.request.ContentLength <= x.wireMax {
		return false
	}
	x.tooLong(x.wireMax, x.request.ContentLength)
	return true
}

func (x *exchange) tooLong(limit, got int64) {
	x.ingestError(http.StatusRequestEntityTooLarge, "ContentLengthLimitExceeded", fmt.Sprintf(
		"Maximum allowed content length: %d bytes (%d MB). Provided content length: %d bytes.", limit, limit>>20, got))
}

// body reads and unzips the request's body; ok is false when it was answered.
func (x *exchange) body() (text []byte, ok bool) {
	wire := &counter{reader: io.LimitReader(x.request.Body, x.wireMax+1)}
	var inside io.Reader = wire
	if x.request.Header.Get("Content-Encoding") == "gzip" {
		zip, err := gzip.NewReader(wire)
		if err != nil {
			return nil, x.badBody(err)
		}
		inside = zip
	}
	text, err := io.ReadAll(io.LimitReader(inside, x.insideMax+1))
	switch {
	case wire.n > x.wireMax:
		x.tooLong(x.wireMax, wire.n)
	case int64(len(text)) > decompressedMax:
		x.ingestError(http.StatusRequestEntityTooLarge, "PayloadSizeLimitExceeded",
			fmt.Sprintf("The decompressed payload exceeds %d bytes.", decompressedMax))
	case int64(len(text)) > x.insideMax:
		x.tooLong(x.insideMax, int64(len(text)))
	case err != nil:
		x.badBody(err)
	default:
		x.wire = wire.n
		return text, true
	}
	return nil, false
}

// badBody answers a body that cannot be read or unzipped. It returns false.
func (x *exchange) badBody(err error) bool {
	if errors.Is(err, io.EOF) {
		x.emptyBody()
	} else {
		x.ingestError(http.StatusBadRequest, "InvalidRequestContent", "The request content could not be read: "+err.Error()+".")
	}
	return false
}

// emptyBody answers 500 without an error code, as a recorded test shows. A
// client must never come here.
func (x *exchange) emptyBody() { x.WriteHeader(http.StatusInternalServerError) }

// rows splits a body into its rows; ok is false when it was answered. That an
// array without rows is refused is chosen: nobody has seen what Azure says.
func (x *exchange) rows(text []byte) (rows [][]byte, ok bool) {
	if len(bytes.TrimSpace(text)) == 0 {
		x.emptyBody()
		return nil, false
	}
	compact, err := rawjson.Compact(text)
	if err == nil {
		rows, err = rawjson.Array(compact)
	}
	if err == nil && len(rows) == 0 {
		err = errors.New("the array has no rows")
	}
	for i := 0; err == nil && i < len(rows); i++ {
		if rows[i][0] != '{' {
			err = fmt.Errorf("row %d: want a JSON object, got %s", i, rawjson.Kind(rows[i]))
		}
	}
	if err != nil {
		x.ingestError(http.StatusBadRequest, "InvalidRequestContent", "The request content was invalid and could not be deserialized: "+err.Error()+".")
		return nil, false
	}
	return rows, true
}

type counter struct {
	reader io.Reader
	n      int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.reader.Read(p)
	c.n += int64(n)
	return n, err
}
