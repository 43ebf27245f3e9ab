package incident_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
)

var written = time.Date(2026, 11, 1, 8, 0, 0, 5e8, time.UTC)

func TestACommentsKeyHoldsTextAndTimeAndNoName(t *testing.T) {
	c := incident.Comment{Author: "Jane", Created: written, Text: "isolated the host"}
	require.Equal(t, "de2a3b11-b0ed-5299-9975-f3b4533d50b8", c.Key(), "Python: uuid5(namespace, '7:comment22:2026-11-01T08:00:00.5Z17:isolated the host')")
	require.Equal(t, "934f9c70-8ab1-590c-be15-6f74333cec63", incident.CopyName("0766a9f9-95ba-51ba-ae2f-3f8618a380b5", c))
	renamed := c
	renamed.Author, renamed.Name = "Jane Doe", "n"
	require.Equal(t, c.Key(), renamed.Key(), "a display name may change")
	elsewhere := c
	elsewhere.Created = written.In(time.FixedZone("", 3600))
	require.Equal(t, c.Key(), elsewhere.Key(), "the same moment")
	later := c
	later.Created = later.Created.Add(time.Nanosecond)
	require.NotEqual(t, c.Key(), later.Key())
}

func TestACopyKnowsItsOriginalAndAQuotedReplyDoesNot(t *testing.T) {
	c := incident.Comment{Name: "0b6f1c52-9a4e-5d17-8e63-2f7041d8a935", Author: "Jane\n— Eve", Created: written, Text: "isolated\nthe host"}
	text := c.ToDefender()
	require.Equal(t, c.Name, incident.CopiedFrom(incident.Comment{Text: text}))
	for _, reply := range []string{
		text + "\nthanks", "> " + text[strings.LastIndex(text, "—"):], text + " ", text + "\n", strings.ReplaceAll(text, "\n", "\n> "),
		"see " + text[strings.LastIndex(text, "—"):],
	} {
		require.Empty(t, incident.CopiedFrom(incident.Comment{Text: reply}), "%q", reply)
	}
	require.Empty(t, incident.CopiedFrom(c))
}

func TestCopiesFitAndNameTheirOriginal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := incident.Comment{
			Name: rapid.StringMatching(`[0-9a-f-]{1,64}`).Draw(t, "name"), Author: rapid.String().Draw(t, "author"), Created: written,
			Text: strings.Repeat(rapid.StringN(1, 20, -1).Draw(t, "text"), rapid.IntRange(0, 3000).Draw(t, "times")),
		}
		for _, copied := range []string{c.ToDefender(), c.ToSentinel()} {
			require.LessOrEqual(t, utf8.RuneCountInString(copied), incident.CommentCharsMax)
		}
		require.Equal(t, c.Name, incident.CopiedFrom(incident.Comment{Text: c.ToDefender()}))
		if utf8.RuneCountInString(c.Text) < incident.CommentCharsMax-500 {
			require.True(t, strings.HasSuffix(c.ToSentinel(), c.Text), "whole")
			require.True(t, strings.HasPrefix(c.ToDefender(), c.Text), "whole")
		}
		head, _, _ := strings.Cut(c.ToSentinel(), "\n")
		require.True(t, strings.HasSuffix(head, ", 2026-11-01 08:00:00 UTC, in Defender:"), "%q", head)
	})
}
