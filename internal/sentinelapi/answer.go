package sentinelapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
	"github.com/google/uuid"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
)

// BodyBytesMax bounds one answer, decompressed and as it travels. A page of 1000
// incidents with the longest descriptions has 25 MB; a comment list of the
// longest 3 MB.
const BodyBytesMax = 64 << 20

// errTooLong is an answer over its bound.
var errTooLong = errors.New("answer is longer than its bound")

// Answer is one answer, read whole.
type Answer struct {
	// Body is the JSON document; empty where there was no content.
	Body []byte
	// Created says that a PUT made something new (201).
	Created bool
	// RequestID names the request in Microsoft's logs.
	RequestID string
	// Date is the service's clock; zero when it did not say.
	Date time.Time
}

// request is one request.
type request struct {
	operation, method, target string
	body                      []byte // nil for none
}

// send sends a request and reads its answer. A cut or damaged answer is
// retryable, one over the bound asks for a split, one that is no JSON came from
// somebody in between.
func send(ctx context.Context, client *azure.Client, r request) (Answer, error) {
	req, err := runtime.NewRequest(ctx, r.method, r.target)
	if err == nil && r.body != nil {
		err = req.SetBody(streaming.NopCloser(bytes.NewReader(r.body)), "application/json")
	}
	if err != nil {
		return Answer{}, fmt.Errorf("%s: %w", r.operation, err)
	}
	header := req.Raw().Header
	header.Set("Accept", "application/json")
	// Asked for by hand, so that both sides of the decompression are bounded.
	header.Set("Accept-Encoding", "gzip")
	header.Set("X-Ms-Client-Request-Id", uuid.NewString())
	resp, err := client.Do(r.operation, req)
	if err != nil {
		return Answer{}, err
	}
	return read(ctx, r, resp)
}

func read(ctx context.Context, r request, resp *http.Response) (Answer, error) {
	answer := Answer{Created: resp.StatusCode == http.StatusCreated, RequestID: azure.RequestID(resp.Header)}
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		answer.Date = date
	}
	if !isDocument(resp) {
		e := azure.NewResponseError(r.operation, resp)
		e.Class, e.Reason, e.Code = azure.ClassRetryable, azure.ReasonNotMicrosoft, "NotJSON"
		return Answer{}, e
	}
	defer resp.Body.Close()
	var err error
	if answer.Body, err = readBody(resp, BodyBytesMax); err == nil {
		return answer, nil
	}
	if errors.Is(err, errTooLong) {
		return Answer{}, &azure.Error{Operation: r.operation, RequestID: answer.RequestID, Class: azure.ClassSplit, Cause: err}
	}
	err = azure.NewNetworkError(ctx, r.operation, err)
	var e *azure.Error
	if errors.As(err, &e) {
		e.RequestID = answer.RequestID
	}
	return Answer{}, err
}

// isDocument tells an answer of the service from the login page of a network in
// between, which is a success too.
func isDocument(resp *http.Response) bool {
	if resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusCreated {
		return false
	}
	kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	return err == nil && kind == "application/json"
}

func readBody(resp *http.Response, bytesMax int64) ([]byte, error) {
	wire := &io.LimitedReader{R: resp.Body, N: bytesMax + 1}
	from := io.Reader(wire)
	if strings.EqualFold(resp.Header.Get("Content-Encoding"), "gzip") {
		unzip, err := azure.Gunzip(wire)
		if err != nil {
			return nil, err
		}
		defer unzip.Close()
		from = unzip
	}
	body, err := io.ReadAll(io.LimitReader(from, bytesMax+1))
	if wire.N == 0 || int64(len(body)) > bytesMax {
		return nil, errTooLong
	}
	return body, err
}
