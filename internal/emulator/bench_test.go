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
	text := benchToken(b, l)
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

// BenchmarkPatchAmongTenThousand is what one write of a full tenant costs.
func BenchmarkPatchAmongTenThousand(b *testing.B) {
	l := newLab(&testing.T{}, emulator.Settings{})
	var documents []string
	for i := range 10_000 {
		documents = append(documents, fmt.Sprintf(`{"id":"%d","lastUpdateDateTime":%q,"alerts":[{"id":"a%d"},{"id":"b%d"}]}`, i, l.now.Format(time.RFC3339), i, i))
	}
	if _, err := l.e.Put(emulator.DefaultTenant, strings.NewReader("["+strings.Join(documents, ",")+"]")); err != nil {
		b.Fatal(err)
	}
	handler, token := l.e.Handler(), benchToken(b, l)
	i := 0
	for b.Loop() {
		i++
		r := httptest.NewRequestWithContext(b.Context(), http.MethodPatch, fmt.Sprintf("%s%s/%d", base, incidents, i%10_000), strings.NewReader(`{"status":"resolved"}`))
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", "application/json")
		w := &discard{header: http.Header{}}
		handler.ServeHTTP(w, r)
		if w.bytes < 50 {
			b.Fatalf("only %d bytes", w.bytes)
		}
	}
}

func benchToken(b *testing.B, l *lab) string {
	b.Helper()
	w := httptest.NewRecorder()
	form := httptest.NewRequestWithContext(b.Context(), http.MethodPost, base+tokenPath(emulator.DefaultTenant), strings.NewReader(secretForm(graphScope).Encode()))
	form.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	l.e.Handler().ServeHTTP(w, form)
	_, text, _ := strings.Cut(w.Body.String(), `"access_token":"`)
	text, _, _ = strings.Cut(text, `"`)
	return text
}

// BenchmarkQuietPollOfTenThousand is what a poll costs when nothing changed.
func BenchmarkQuietPollOfTenThousand(b *testing.B) {
	l := newLab(&testing.T{}, emulator.Settings{})
	var documents []string
	for i := range 10_000 {
		documents = append(documents, fmt.Sprintf(`{"id":"%d","lastUpdateDateTime":%q}`, i, l.now.Add(-time.Duration(i)*time.Second).Format(time.RFC3339)))
	}
	if _, err := l.e.Put(emulator.DefaultTenant, strings.NewReader("["+strings.Join(documents, ",")+"]")); err != nil {
		b.Fatal(err)
	}
	handler, token := l.e.Handler(), benchToken(b, l)
	for b.Loop() {
		r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, base+filter("lastUpdateDateTime ge 2026-01-02T12:00:00Z"), nil)
		r.Header.Set("Authorization", "Bearer "+token)
		handler.ServeHTTP(&discard{header: http.Header{}}, r)
	}
}
