package scenario

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"
)

// dice is a seeded source of everything that looks arbitrary. Not for concurrent use.
type dice struct{ r *rand.Rand }

// newDice gives the same throws for the same seed and names.
func newDice(seed uint64, names ...string) dice {
	h := fnv.New64a()
	for _, n := range names {
		_, _ = h.Write([]byte(n + "\x00")) // a hash never refuses
	}
	return dice{rand.New(rand.NewPCG(seed, h.Sum64()))} //nolint:gosec // a scenario must replay from its seed; nothing here is secret
}

func (d dice) upto(n int) int { return d.r.IntN(n) }

// between returns a number from lo up to hi, both included.
func (d dice) between(lo, hi int64) int64 { return lo + d.r.Int64N(hi-lo+1) }

// num is between as decimal text.
func (d dice) num(lo, hi int64) string { return strconv.FormatInt(d.between(lo, hi), 10) }

// oneIn is true once in n times on average.
func (d dice) oneIn(n int) bool { return d.r.IntN(n) == 0 }

// span returns a duration from lo up to hi in steps of 100 ns.
func (d dice) span(lo, hi time.Duration) time.Duration {
	return lo + time.Duration(d.r.Int64N(int64(hi-lo)/100+1))*100
}

func (d dice) hex(digits int) string {
	var b strings.Builder
	for b.Len() < digits {
		fmt.Fprintf(&b, "%016x", d.r.Uint64())
	}
	return b.String()[:digits]
}

func (d dice) guid() string {
	h := d.hex(32)
	return fmt.Sprintf("%s-%s-4%s-%c%s-%s", h[:8], h[8:12], h[13:16], "89ab"[h[16]&3], h[17:20], h[20:32])
}

// The characters of machine names and of base64.
const (
	upperCase = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	base64Set = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
)

// letters returns n characters of a set.
func (d dice) letters(n int, set string) string {
	out := make([]byte, n)
	for i := range out {
		out[i] = set[d.r.IntN(len(set))]
	}
	return string(out)
}

func pick[T any](d dice, items []T) T { return items[d.r.IntN(len(items))] }

// digest returns hex digits that depend on text alone: the same thing has the same hash everywhere.
func digest(digits int, text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])[:digits]
}

func sortedKeys(o object) []string { return slices.Sorted(maps.Keys(o)) }

// snap moves a moment on to the next one with the precision of a service that might have written
// it: whole seconds, hundredths, the 1/300 s of SQL's datetime, or 100 ns.
func (d dice) snap(t time.Time) time.Time {
	switch d.upto(10) {
	case 0:
		return ceil(t, time.Second)
	case 1, 2, 3:
		return ceil(t, 10*time.Millisecond)
	case 4, 5, 6:
		whole := ceil(t, 10*time.Millisecond)
		return whole.Add(time.Duration(3333333 * (1 + d.upto(2)))).Truncate(100)
	}
	return ceil(t, 100)
}

func ceil(t time.Time, unit time.Duration) time.Time {
	if down := t.Truncate(unit); !down.Equal(t) {
		return down.Add(unit)
	}
	return t
}
