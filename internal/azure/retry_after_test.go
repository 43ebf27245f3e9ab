package azure

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestRetryAfterInEveryForm(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	date := func(d time.Duration) string { return now.Add(d).Format(http.TimeFormat) }
	for _, tt := range []struct {
		name   string
		header map[string]string
		want   time.Duration
	}{
		{"absent", nil, 0},
		{"seconds", map[string]string{"Retry-After": "30"}, 30 * time.Second},
		{"zero seconds", map[string]string{"Retry-After": "0"}, 0},
		{"blanks around", map[string]string{"Retry-After": " 7 "}, 7 * time.Second},
		{"hours are not cut", map[string]string{"Retry-After": "100000"}, 100000 * time.Second},
		{"more than a duration holds", map[string]string{"Retry-After": "99999999999999999999999"}, retryAfterMax},
		{"just more than a duration holds", map[string]string{"Retry-After": "9223372037"}, retryAfterMax},
		{"a date", map[string]string{"Retry-After": date(90 * time.Second)}, 90 * time.Second},
		{"a date gone by", map[string]string{"Retry-After": date(-time.Hour)}, 0},
		{"a date by the server's clock, which is an hour behind ours", map[string]string{
			"Retry-After": date(-time.Hour + time.Minute), "Date": date(-time.Hour),
		}, time.Minute},
		{"Azure's milliseconds", map[string]string{"retry-after-ms": "1500"}, 1500 * time.Millisecond},
		{"Azure's other milliseconds", map[string]string{"x-ms-retry-after-ms": "250"}, 250 * time.Millisecond},
		{"milliseconds win", map[string]string{"Retry-After": "2", "retry-after-ms": "1500"}, 1500 * time.Millisecond},
		{"negative", map[string]string{"Retry-After": "-5"}, 0},
		{"a fraction", map[string]string{"Retry-After": "1.5"}, 0},
		{"words", map[string]string{"Retry-After": "soon"}, 0},
		{"broken milliseconds fall back", map[string]string{"Retry-After": "2", "retry-after-ms": "x"}, 2 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			header := http.Header{}
			for name, value := range tt.header {
				header.Set(name, value)
			}
			require.Equal(t, tt.want, retryAfter(header, now))
		})
	}
}
