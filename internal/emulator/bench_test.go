package emulator_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

// BenchmarkListOfTenThousand is what a poll of a full tenant costs.
func BenchmarkListOfTenThousand(b *testing.B) {
	l := newLab(&testing.T{}, emulator.Settings{})
	var documents []string
	for i := range 10_000 {
		documents = append(documents, fmt.Sprintf(`{"id":"%d","lastUpdateDateTime":%q}`, i, l.now.Add(-time.Duration(i)*time.Second).Format(time.RFC3339)))
	}
	if _, err := l.e.Put(emulator.DefaultTenant, strings.NewReader("["+strings.Join(documents, ",")+"]")); err != nil {
		b.Fatal(err)
	}
	token := httptest.NewRecorder()
	form := httptest.NewRequestWithContext(b.Context(), http.MethodPost, base+tokenPath(emulator.DefaultTenant), strings.NewReader(secretForm(graphScope).Encode()))
	form.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	l.e.Handler().ServeHTTP(token, form)
	_, text, _ := strings.Cut(token.Body.String(), `"access_token":"`)
	text, _, _ = strings.Cut(text, `"`)
	for b.Loop() {
		r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, base+filter("lastUpdateDateTime ge 2026-01-01T00:00:00Z"), nil)
		r.Header.Set("Authorization", "Bearer "+text)
		w := &discard{header: http.Header{}}
		l.e.Handler().ServeHTTP(w, r)
		if w.bytes < 1000 {
			b.Fatalf("only %d bytes", w.bytes)
		}
	}
}
