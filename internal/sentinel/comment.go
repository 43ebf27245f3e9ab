package sentinel

import (
	"fmt"
	"unicode/utf8"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// CommentsMax is how many comments an incident may have.
// Source: Microsoft Sentinel service limits, read 2026-11.
const CommentsMax = 100

// CommentBody is the body of a PUT of a comment. It errs for an empty text and
// for one over incident.CommentCharsMax.
//
// Source: Microsoft.SecurityInsights 2025-09-01, create or update incident
// comment, read 2026-11.
func CommentBody(text string) ([]byte, error) {
	if n := utf8.RuneCountInString(text); n == 0 || n > incident.CommentCharsMax {
		return nil, fmt.Errorf("write comment: it must have 1 to %d characters, got %d", incident.CommentCharsMax, n)
	}
	return encode(map[string]any{"properties": map[string]string{"message": text}})
}

// ReadComments reads one page of an incident's comments, oldest first. The error
// is a *SnapshotError or a *record.ParseError.
//
// Source: Microsoft.SecurityInsights 2025-09-01, list incident comments, read
// 2026-11.
func ReadComments(text []byte) (page []incident.Comment, nextLink string, err error) {
	nextLink, err = list(text, func(f record.Fields) { page, _ = comments(f, "value") })
	if err != nil {
		return nil, "", err
	}
	return page, nextLink, nil
}
