package sentinelreceiver

import (
	"bytes"
	"io"
	"net/http"
	"sync"
)

// hosts is a network that notes where requests went, and may rewrite answers.
type hosts struct {
	http.RoundTripper
	mu   sync.Mutex
	seen map[string]int
	// rewrite changes the body of an answer; nil leaves all as they are.
	rewrite func(path, body string) string
}

func (h *hosts) RoundTrip(r *http.Request) (*http.Response, error) {
	h.mu.Lock()
	h.seen[r.URL.Host]++
	rewrite := h.rewrite
	h.mu.Unlock()
	resp, err := h.RoundTripper.RoundTrip(r)
	if err != nil || rewrite == nil {
		return resp, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	text := rewrite(r.URL.Path, string(body))
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader([]byte(text))), int64(len(text))
	resp.Header.Del("Content-Length")
	return resp, nil
}

func (h *hosts) count(host string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.seen[host]
}

// honest lets answers be from now on.
func (h *hosts) honest() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.rewrite = nil
}
