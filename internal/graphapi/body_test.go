package graphapi

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
)

func TestABoundIsExact(t *testing.T) {
	for _, tt := range []struct {
		bytes, bound int
		err          error
	}{
		{0, 0, nil}, {1, 0, errTooLong}, {9, 10, nil}, {10, 10, nil}, {11, 10, errTooLong}, {5000, 10, errTooLong},
	} {
		got, err := io.ReadAll(&boundedReader{from: strings.NewReader(strings.Repeat("x", tt.bytes)), left: int64(tt.bound)})
		require.Equal(t, tt.err, err, tt)
		require.Len(t, got, min(tt.bytes, tt.bound))
	}
}

// spaces is n bytes of JSON white space.
type spaces struct{ n int }

func (s *spaces) Read(p []byte) (int, error) {
	if s.n == 0 {
		return 0, io.EOF
	}
	n := min(len(p), s.n)
	copy(p, bytes.Repeat([]byte{' '}, n))
	s.n -= n
	return n, nil
}

// gzipped is n spaces as gzip, about a thousandth as long.
func gzipped(t *testing.T, n int) io.Reader {
	t.Helper()
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	require.NoError(t, err)
	_, err = io.Copy(w, &spaces{n})
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return &b
}

func bodyOf(t *testing.T, from io.Reader, encoding string) *Body {
	t.Helper()
	return newBody(t.Context(), "list incidents", &http.Response{
		Header: http.Header{"Content-Encoding": {encoding}, "Request-Id": {"r-4"}},
		Body:   io.NopCloser(from),
	})
}

func TestAPageOver100MBPasses(t *testing.T) {
	const size = 130 << 20
	for encoding, from := range map[string]io.Reader{"": &spaces{size}, "gzip": gzipped(t, size)} {
		n, err := io.Copy(io.Discard, bodyOf(t, from, encoding))
		require.NoError(t, err)
		require.EqualValues(t, size, n)
	}
}

func TestABodyOverItsBoundsIsCut(t *testing.T) {
	for _, tt := range []struct {
		name, encoding   string
		from             io.Reader
		wireMax, bodyMax int64
		want             int64
	}{
		{"plain, over the wire's bound", "", &spaces{101}, 100, 1000, 100},
		{"plain, over the body's bound", "", &spaces{101}, 1000, 100, 100},
		{"a zip bomb", "GZIP", gzipped(t, 8<<20), 1 << 20, 1 << 20, 1 << 20},
		{"gzip over the wire's bound", "gzip", gzipped(t, 8<<20), 100, 16 << 20, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			body := bodyOf(t, tt.from, tt.encoding)
			body.wireMax, body.bodyMax = tt.wireMax, tt.bodyMax
			n, err := io.Copy(io.Discard, body)
			require.EqualError(t, err, "list incidents: answer is longer than its bound, request r-4")
			require.Equal(t, azure.ClassSplit, azure.ClassOf(err), "a smaller page may fit")
			if tt.want > 0 {
				require.Equal(t, tt.want, n)
			}
		})
	}
}

func TestTheBoundsLeaveRoomForTheLargestPages(t *testing.T) {
	require.GreaterOrEqual(t, BodyBytesMax, 200<<20)
	require.GreaterOrEqual(t, WireBytesMax, 200<<20)
}

// counting counts what is read of it, and whether it was closed.
type counting struct {
	io.Reader
	read   int
	closed bool
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.read += n
	return n, err
}

func (c *counting) Close() error {
	c.closed = true
	return nil
}

func TestClosingReadsOnlyTheTailOfAWholeBody(t *testing.T) {
	wire := &counting{Reader: &spaces{1 << 20}}
	body := bodyOf(t, nil, "")
	body.wire = wire
	_, err := io.CopyN(io.Discard, body, 10)
	require.NoError(t, err)
	require.NoError(t, body.Close())
	require.True(t, wire.closed)
	require.Less(t, wire.read, 64<<10, "what was not wanted is not fetched")

	wire = &counting{Reader: io.MultiReader(gzipped(t, 10), strings.NewReader(""))}
	body = bodyOf(t, nil, "gzip")
	body.wire = wire
	_, err = io.Copy(io.Discard, body)
	require.NoError(t, err)
	require.NoError(t, body.Close())
	require.True(t, wire.closed)
}
