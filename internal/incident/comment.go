package incident

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

// CommentCharsMax is how long a comment may be on either side.
// Source: Microsoft Sentinel service limits; Defender XDR, manage incidents;
// read 2026-11.
const CommentCharsMax = 30_000

// Comment is one comment of either side.
type Comment struct {
	// Name is Sentinel's resource name. Defender's comments have none.
	Name string `json:"name,omitempty"`
	// Author is who wrote it, as the service says.
	Author string `json:"author,omitempty"`
	// Created is when.
	Created time.Time `json:"created"`
	// Text is what was written, whole.
	Text string `json:"text"`
}

// Key is by what a Defender comment is known: text and time, for it has no id.
// The author is left out: a display name may change.
func (c Comment) Key() string {
	return derive("comment", c.Created.UTC().Format(time.RFC3339Nano), c.Text)
}

// CopyName is the resource name of the copy of a Defender comment on a
// Sentinel incident: derived, so that posting it twice is posting it once.
func CopyName(sentinelIncident string, c Comment) string {
	return derive("copy", sentinelIncident, c.Key())
}

// RedirectName is the resource name of the comment on a Sentinel incident that
// says where its Defender incident was merged into: there is one at most.
func RedirectName(sentinelIncident string) string { return derive("redirect", sentinelIncident) }

const stampLayout = "2006-01-02 15:04:05 UTC"

// ToSentinel is the text of a Defender comment's copy: who and when, then the
// comment. What does not fit is cut at a character and marked.
func (c Comment) ToSentinel() string {
	return fit(fmt.Sprintf("%s, %s, in Defender:\n", oneLine(c.Author), c.Created.UTC().Format(stampLayout)), c.Text, "")
}

// ToDefender is the text of a Sentinel comment's copy: the comment, and the
// reference line by which the copy is known.
func (c Comment) ToDefender() string {
	return fit("", c.Text, "\n\n"+c.referenceLine())
}

func (c Comment) referenceLine() string {
	return fmt.Sprintf("— %s, %s, Sentinel comment %s", oneLine(c.Author), c.Created.UTC().Format(stampLayout), strings.ToLower(c.Name))
}

// referenceLine matches a whole last line; whoever quotes it puts something in
// front or behind.
var referenceLine = regexp.MustCompile(`(?:^|\n)— [^\n]{0,300}, \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC, Sentinel comment ([0-9a-z-]{1,64})$`)

// CopiedFrom is the name of the Sentinel comment that a Defender comment claims
// to be the copy of, by its reference line; "" for none.
func CopiedFrom(c Comment) string {
	if m := referenceLine.FindStringSubmatch(c.Text); m != nil {
		return m[1]
	}
	return ""
}

const cutMark = " […]"

func fit(head, text, tail string) string {
	room := CommentCharsMax - utf8.RuneCountInString(head) - utf8.RuneCountInString(tail)
	if utf8.RuneCountInString(text) > room {
		text = string([]rune(text)[:room-utf8.RuneCountInString(cutMark)]) + cutMark
	}
	return head + text + tail
}

// oneLine keeps an author's name from forging lines; one without a name is
// "somebody".
func oneLine(author string) string {
	author = strings.Join(strings.Fields(author), " ")
	const authorCharsMax = 200
	if runes := []rune(author); len(runes) > authorCharsMax {
		author = string(runes[:authorCharsMax])
	}
	if author == "" {
		return "somebody"
	}
	return author
}
