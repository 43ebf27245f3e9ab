package tally

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// remark is a comment that somebody wrote and the collector has to copy.
type remark struct {
	at     time.Time
	text   string
	copied bool
}

// remarks are those of one side.
type remarks []*remark

// The two shapes of a copy, as people see them.
var (
	fromDefender = regexp.MustCompile(`^[^\n]+, \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC, in Defender:\n`)
	fromSentinel = regexp.MustCompile(`(?:^|\n)— [^\n]+, Sentinel comment [0-9a-z-]+$`)
)

// original is the text that a comment of a side is the copy of; false if it is
// no copy.
func original(side Side, text string) (string, bool) {
	shape := fromDefender
	if side == Defender {
		shape = fromSentinel
	}
	at := shape.FindStringIndex(text)
	if at == nil {
		return "", false
	}
	return plain(text[:at[0]] + text[at[1]:]), true
}

// plainMax is how many characters of a comment are compared: a copy of a long
// one is cut where head and reference line need the room.
const plainMax = 20_000

func plain(text string) string {
	if runes := []rune(text); len(runes) > plainMax {
		text = string(runes[:plainMax])
	}
	return strings.TrimSpace(text)
}

// comment takes a comment of either side.
func (l *Life) comment(p *pair, w Write) time.Duration {
	side := w.On()
	wrote := read[struct {
		Comment, Message string
	}](w.After)
	text := wrote.Comment + wrote.Message
	switch {
	case w.Op == "delete":
		return 0
	case !w.App():
		p.comments[side] = append(p.comments[side], &remark{at: w.Time, text: plain(text)})
		return 0
	case len(w.Changed) == 0:
		l.report.echo(w, p, "a comment was posted again")
		return 0
	}
	of, isCopy := original(side, text)
	from := p.comments[side.other()]
	at := slices.IndexFunc(from, func(r *remark) bool { return !r.copied && r.text == of })
	if !isCopy || at < 0 { // where an incident was merged into; or of a comment that came with a document
		return 0
	}
	from[at].copied = true
	return w.Time.Sub(from[at].at)
}

// waiting counts comments that are not on the other side yet.
func (p *pair) waiting() int {
	n := 0
	for _, r := range slices.Concat(p.comments[Defender], p.comments[Sentinel]) {
		if !r.copied {
			n++
		}
	}
	return n
}

// uncopied compares the comments of both queues: each that is no copy has one
// on the other side, and each copy is of one. It says what is not so.
func uncopied(defender, sentinel []string) (missing, surplus int) {
	sides := [2][]string{defender, sentinel}
	for side, list := range sides {
		copies := map[string]int{}
		for _, text := range sides[1-side] {
			if of, ok := original(Side(1-side), text); ok {
				copies[of]++
			}
		}
		for _, text := range list {
			if _, ok := original(Side(side), text); ok {
				continue
			}
			copies[plain(text)]--
		}
		for _, n := range copies {
			missing += max(0, -n)
			surplus += max(0, n)
		}
	}
	return missing, surplus
}
