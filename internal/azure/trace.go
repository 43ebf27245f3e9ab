package azure

import (
	"context"
	"io"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// tokenBytesMax bounds an answer to a token request, which azidentity reads
// whole.
const tokenBytesMax = 1 << 20

// tokenTrace remembers what went wrong below azidentity, which keeps only the
// text of a network error. One acquisition writes it, one after the other.
type tokenTrace struct{ err error }

type traceKey struct{}

func withTrace(ctx context.Context) (context.Context, *tokenTrace) {
	trace := &tokenTrace{}
	return context.WithValue(ctx, traceKey{}, trace), trace
}

func note(ctx context.Context, err error) {
	if trace, ok := ctx.Value(traceKey{}).(*tokenTrace); ok {
		trace.err = err
	}
}

// traced notes the error of an assertion.
func traced(assert func(context.Context) (string, error)) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		assertion, err := assert(ctx)
		if err != nil {
			note(ctx, err)
		}
		return assertion, err
	}
}

// tracingTransport is azidentity's way out: bounded, and remembered by trace.
type tracingTransport struct{ next policy.Transporter }

// Do sends one token request.
func (t tracingTransport) Do(req *http.Request) (*http.Response, error) {
	resp, err := t.next.Do(req)
	note(req.Context(), err)
	if err != nil {
		return nil, err
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(resp.Body, tokenBytesMax), resp.Body}
	return resp, nil
}
