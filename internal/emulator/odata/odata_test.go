package odata_test

import (
	"strings"
	"testing"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator/odata"
)

func schema() odata.Schema {
	return odata.Schema{
		"at":   {Kind: odata.KindTime},
		"who":  {Kind: odata.KindString},
		"kind": {Kind: odata.KindEnum, Members: []string{"a", "b"}},
	}
}

func TestNullFollowsOData(t *testing.T) {
	null := func(string) odata.Value { return odata.Value{Null: true} }
	for text, want := range map[string]bool{
		"who eq null": true, "who ne null": false, "who eq 'x'": false, "who ne 'x'": true, "at eq null": true,
		"at ge 2026-01-01T00:00:00Z": false, "at lt 2026-01-01T00:00:00Z": false, "at ne 2026-01-01T00:00:00Z": true,
		"kind eq 'a' or kind eq null": true, "kind eq 'a' and kind eq null": false,
	} {
		filter, err := odata.Parse(text, schema())
		if err != nil {
			t.Fatal(err)
		}
		if got := filter.Match(null); got != want {
			t.Errorf("%s: got %v", text, got)
		}
	}
}

func TestAndBindsTighterThanOr(t *testing.T) {
	row := func(name string) odata.Value {
		return odata.Value{Text: map[string]string{"who": "x", "kind": "a"}[name]}
	}
	for text, want := range map[string]bool{
		"who eq 'x' or who eq 'y' and kind eq 'b'":                  true,
		"(who eq 'x' or who eq 'y') and kind eq 'b'":                false,
		"kind eq 'b' and who eq 'x' or kind eq 'a'":                 true,
		"kind eq 'b' and (who eq 'x' or kind eq 'a')":               false,
		"  ( ( who   eq 'x' ) )\tand kind\tne\t'b'  ":               true,
		"(who eq 'x')and(kind eq 'a')":                              true,
		"who eq 'x' and kind eq 'a' and who ne 'z' and kind ne 'b'": true,
	} {
		filter, err := odata.Parse(text, schema())
		if err != nil {
			t.Fatal(err)
		}
		if got := filter.Match(row); got != want {
			t.Errorf("%s: got %v", text, got)
		}
	}
}

func TestTimesCompareAsTimes(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 123456700, time.UTC)
	row := func(string) odata.Value { return odata.Value{Time: at} }
	for text, want := range map[string]bool{
		"at eq 2026-01-02T03:04:05.1234567Z": true, "at eq 2026-01-02T04:04:05.1234567+01:00": true,
		"at gt 2026-01-02T03:04:05.1234566Z": true, "at lt 2026-01-02T03:04:05.1234568Z": true,
		"at ge 2026-01-02T03:04:05.1234567Z": true, "at le 2026-01-02T03:04:05.1234567Z": true,
		"at gt 2026-01-02T03:04:05.1234567Z": false, "at ne 2026-01-02T03:04:05.1234567Z": false,
		"at ge 2026-01-02T03:04:06Z": false, "at le 2026-01-02T03:04:05Z": false,
	} {
		filter, err := odata.Parse(text, schema())
		if err != nil {
			t.Fatal(err)
		}
		if got := filter.Match(row); got != want {
			t.Errorf("%s: got %v", text, got)
		}
	}
	for _, text := range []string{"2026-01-02", "2026-01-02T03:04:05", "2026-13-02T03:04:05Z", "2026-01-02T03:04:05.12345678Z", "2026-01-02T03:04:05.12345678+01:00", ""} {
		if got, err := odata.ParseTime(text); err == nil {
			t.Errorf("%q: got %v", text, got)
		}
	}
}

func FuzzParseNeverPanics(f *testing.F) {
	for _, seed := range []string{"who eq 'it''s'", "(at ge 2026-01-02T03:04:05Z) and kind ne 'b'", "((", "who eq", "'", strings.Repeat("(", 40)} {
		f.Add(seed)
	}
	f.Fuzz(func(_ *testing.T, text string) {
		if filter, err := odata.Parse(text, schema()); err == nil {
			filter.Match(func(string) odata.Value { return odata.Value{Text: text} })
		}
	})
}
