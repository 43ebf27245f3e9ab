package emulator

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator/rawjson"
)

const (
	valueMax = 65_536         // bytes of one value; the rest is cut off
	pastMax  = 48 * time.Hour // TimeGenerated older than this becomes the time of receipt
	aheadMax = 24 * time.Hour // so does one further ahead
)

// Faulted counts, by column, what became of values that do not fit.
type Faulted struct {
	Undeclared map[string]int `json:"undeclared"` // the column is not in the stream: the value is lost
	Mismatched map[string]int `json:"mismatched"` // the value is of another type: null is stored
	Truncated  map[string]int `json:"truncated"`  // longer than 64 KB: cut
	Retimed    int            `json:"retimed"`    // rows whose TimeGenerated became the time of receipt
}

func newFaulted() Faulted {
	return Faulted{Undeclared: map[string]int{}, Mismatched: map[string]int{}, Truncated: map[string]int{}}
}

// shape makes the row that Azure would store: declared columns only, each of
// its type, none longer than 64 KB, and a TimeGenerated.
func shape(text []byte, columns map[string]string, now time.Time, faulted *Faulted) []byte {
	members, err := rawjson.Object(text)
	if err != nil {
		return []byte(`{}`) // never: the caller saw an object
	}
	timed := false
	out := append(make([]byte, 0, len(text)+64), '{')
	for _, m := range members {
		kind, declared := columns[m.Name]
		if !declared {
			faulted.Undeclared[m.Name]++
			continue
		}
		value := m.Value
		if !rawjson.IsNull(value) && !fits(kind, value) {
			faulted.Mismatched[m.Name]++
			value = []byte("null")
		}
		if cut := truncate(kind, value); cut != nil {
			faulted.Truncated[m.Name]++
			value = cut
		}
		if m.Name == "TimeGenerated" {
			if !accepted(value, now) {
				continue
			}
			timed = true
		}
		out = append(append(append(append(out, m.Key...), ':'), value...), ',')
	}
	if _, declared := columns["TimeGenerated"]; declared && !timed {
		faulted.Retimed++
		out = append(append(out, `"TimeGenerated":`...), rawjson.Quote(now.UTC().Format(time.RFC3339Nano))...)
		out = append(out, ',')
	}
	if out[len(out)-1] == ',' {
		out = out[:len(out)-1]
	}
	return append(out, '}')
}

// fits tells whether a value is of a column's type.
func fits(kind string, value []byte) bool {
	text, isString := rawjson.String(value)
	switch kind {
	case "string":
		return isString
	case "datetime":
		_, ok := parseDatetime(text)
		return isString && ok
	case "boolean":
		return string(value) == "true" || string(value) == "false"
	case "int":
		_, err := strconv.ParseInt(string(value), 10, 32)
		return err == nil
	case "long":
		_, err := strconv.ParseInt(string(value), 10, 64)
		return err == nil
	case "real":
		return rawjson.Kind(value) == "number"
	default: // dynamic takes anything
		return true
	}
}

// parseDatetime reads ISO 8601 with or without a zone; without means UTC.
func parseDatetime(text string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", "2006-01-02"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

func accepted(value []byte, now time.Time) bool {
	text, _ := rawjson.String(value)
	at, ok := parseDatetime(text)
	return ok && !at.Before(now.Add(-pastMax)) && !at.After(now.Add(aheadMax))
}

// truncate returns the shorter value that is stored, or nil when it fits. A
// dynamic value is measured by its JSON text; what is left of it is no JSON
// any more, so it is stored as a string.
func truncate(kind string, value []byte) []byte {
	text := string(value)
	if s, isString := rawjson.String(value); isString {
		text = s
	}
	if len(text) <= valueMax || kind != "string" && kind != "dynamic" {
		return nil
	}
	return rawjson.Quote(cutAt(text, valueMax))
}

// cutAt shortens text to at most n bytes without splitting a character.
func cutAt(text string, n int) string {
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return strings.Clone(text[:n])
}
