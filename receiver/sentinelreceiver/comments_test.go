package sentinelreceiver

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/state"
)

func comment(text string) string { return fmt.Sprintf(`"comment":%q`, text) }

func texts(n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprintf("comment %03d", i))
	}
	return all
}

func TestWhenCommentsAreRead(t *testing.T) {
	for _, tt := range []struct {
		name  string
		known state.Commented
		count int
		want  wanted
	}{
		{"never any", state.Commented{}, 0, wantNone},
		{"their number is not known", state.Commented{Count: 3}, -1, wantNone},
		{"as many as before", state.Commented{Count: 3}, 3, wantNone},
		{"the first", state.Commented{}, 1, wantRead},
		{"one more", state.Commented{Count: 3}, 4, wantRead},
		{"one less", state.Commented{Count: 3}, 2, wantRead},
		{"all deleted", state.Commented{Count: 3}, 0, wantEmpty},
		{"as many, and owed", state.Commented{Count: 3, Owed: true}, 3, wantRead},
		{"owed, and deleted meanwhile", state.Commented{Count: 3, Owed: true}, 0, wantEmpty},
	} {
		t.Run(tt.name, func(t *testing.T) { require.Equal(t, tt.want, wants(tt.known, tt.count)) })
	}
}

func TestCommentsComeWithTheRevisionThatChangedTheirNumber(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, emulator.Settings{})
		l.put(guid(1), guid(2))
		l.start()
		time.Sleep(time.Minute)
		require.Zero(t, l.asked("/comments"), "none has any")
		_, any := l.comments(guid(1))
		require.False(t, any)

		l.edit(guid(1), "commented", comment("first"))
		time.Sleep(time.Minute)
		got, _ := l.comments(guid(1))
		require.Equal(t, []string{"first"}, got)
		require.Equal(t, 1, l.asked("/comments"))

		l.edit(guid(1), "only retitled")
		time.Sleep(time.Minute)
		require.Equal(t, 1, l.asked("/comments"), "their number did not change")
		last := l.out.After(l.out.Count() - 1)[0]
		_, any = last.Body().Map().Get("comments")
		require.False(t, any, "not read is not empty")
		require.Equal(t, "only retitled", titleOf(last, "title"))

		l.stop()
		l.edit(guid(2), "while away", comment("second"))
		l.start()
		time.Sleep(time.Minute)
		got, _ = l.comments(guid(2))
		require.Equal(t, []string{"second"}, got)
		require.Equal(t, 2, l.asked("/comments"), "what was known is known after a restart")
		l.out.OnlyOnce(t)
	})
}

func TestAllPagesOfCommentsAreRead(t *testing.T) {
	half := 0.5
	for name, faults := range map[string][]emulator.Fault{
		"one page":    nil,
		"small pages": {{Kind: emulator.FaultTinyPages, Rows: 7}},
		"shuffled":    {{Kind: emulator.FaultTinyPages, Rows: 7}, {Kind: emulator.FaultShuffle}},
		"shifting":    {{Kind: emulator.FaultTinyPages, Rows: 60}, {Kind: emulator.FaultShuffle, Rate: &half}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLab(t, emulator.Settings{})
				l.put(guid(1))
				for _, text := range texts(100) {
					l.edit(guid(1), "many", comment(text))
				}
				l.faults(faults...)
				l.start()
				time.Sleep(10 * time.Minute)
				got, _ := l.comments(guid(1))
				require.Equal(t, texts(100), got)
				l.out.OnlyOnce(t)
			})
		})
	}
}

// A flood of comments stays within the budget, delays no incident, and is all
// read in the end.
func TestIncidentsDoNotWaitForTheBudgetOfComments(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, emulator.Settings{})
		l.put(guids(300)...)
		for i := range 300 {
			l.edit(guid(i), fmt.Sprint("with ", i), comment(fmt.Sprint("comment on ", i)))
		}
		time.Sleep(time.Hour)
		l.start()
		time.Sleep(moment)
		l.whole()
		require.Positive(t, l.metric("comments_owed"))

		l.edit(guid(7), "closed now", `"status":"Closed","classification":"Undetermined"`, comment("the newest"))
		began := time.Now()
		time.Sleep(l.config.PollInterval + time.Second)
		got, _ := l.comments(guid(7))
		require.Contains(t, got, "the newest", "what changes now goes before what is owed")
		require.Less(t, time.Since(began), l.config.PollInterval+2*time.Second)

		l.kill()
		l.start()
		time.Sleep(time.Hour)
		for i := range 300 {
			got, _ := l.comments(guid(i))
			require.Contains(t, got, fmt.Sprint("comment on ", i))
		}
		require.Zero(t, l.metric("comments_owed"))
		limit := l.emulator.Summary().ARM.Limits["get_comments"]
		require.LessOrEqual(t, limit.Largest, l.config.CommentReads+1) // one more for the kill
		require.Zero(t, limit.Refused)
	})
}

const moment = 2 * time.Second

// Whatever is wrong with comments, incidents come in time, and comments once it
// is over.
func TestTroubleWithCommentsDelaysNoIncident(t *testing.T) {
	of := func(f emulator.Fault) emulator.Fault {
		f.Operation = "list_comments"
		return f
	}
	for name, fault := range map[string]emulator.Fault{
		"throttled for an hour":  {Kind: emulator.FaultStatus, Status: http.StatusTooManyRequests, RetryAfter: "3600", Count: 1},
		"throttled until a date": {Kind: emulator.FaultStatus, Status: http.StatusTooManyRequests, RetryAfter: "date:3600", Count: 1},
		"answers of 500":         {Kind: emulator.FaultStatus, Status: http.StatusInternalServerError},
		"cut":                    {Kind: emulator.FaultCut, Bytes: 20},
		"slow":                   {Kind: emulator.FaultSlow, Delay: emulator.Duration(time.Minute)},
		"not found":              {Kind: emulator.FaultStatus, Status: http.StatusNotFound},
		"forbidden":              {Kind: emulator.FaultStatus, Status: http.StatusForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLab(t, emulator.Settings{})
				l.put(guids(3)...)
				l.start()
				time.Sleep(time.Minute)
				l.faults(of(fault))
				for i := range 25 {
					l.edit(guid(0), fmt.Sprint("edit ", i), comment(fmt.Sprint("comment ", i)))
					time.Sleep(l.config.PollInterval + time.Second)
					l.whole()
				}
				said := l.logs.FilterMessageSnippet("comments cannot be read").Len()
				require.LessOrEqual(t, said, 1, "said once")
				if fault.Kind == emulator.FaultStatus && fault.Count == 0 {
					require.Equal(t, 1, said)
				}
				l.faults()
				time.Sleep(2 * time.Hour)
				got, _ := l.comments(guid(0))
				require.Len(t, got, 25)
				require.Equal(t, said, l.logs.FilterMessageSnippet("comments are read again").Len())
				require.Zero(t, l.metric("comments_owed"))
				require.InDelta(t, 1, l.metric("workspace_up"), 0)
				l.out.OnlyOnce(t)
			})
		})
	}
}

// A list of comments that lags behind what the incident counts is asked again.
func TestCommentsThatDoNotShowYetAreAskedForAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, emulator.Settings{})
		l.put(guid(1))
		l.start()
		time.Sleep(time.Minute)
		l.faults(emulator.Fault{Kind: emulator.FaultStaleRead, Operation: "list_comments", Delay: emulator.Duration(40 * time.Second)})
		l.edit(guid(1), "commented", comment("late to show"))
		time.Sleep(l.config.PollInterval + time.Second)
		l.whole()
		_, any := l.comments(guid(1))
		require.False(t, any, "half of the truth is not told as all of it")
		time.Sleep(2 * time.Minute)
		got, _ := l.comments(guid(1))
		require.Equal(t, []string{"late to show"}, got)
		l.out.OnlyOnce(t)
	})
}

func TestCommentsOfADeletedIncidentAreNotOwed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, emulator.Settings{})
		l.put(guid(1))
		l.edit(guid(1), "commented", comment("first"))
		l.faults(emulator.Fault{Kind: emulator.FaultStatus, Operation: "list_comments", Status: http.StatusInternalServerError})
		l.start()
		time.Sleep(time.Minute)
		require.InDelta(t, 1, l.metric("comments_owed"), 0)
		l.delete(guid(1))
		time.Sleep(5 * time.Minute)
		require.Zero(t, l.metric("comments_owed"))
		l.faults()
		count := l.out.Count()
		time.Sleep(time.Hour)
		require.Equal(t, count, l.out.Count(), "no list tells of a deletion")
	})
}

func TestALinkOfCommentsLeadsTheTokenNowhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, emulator.Settings{})
		spy := &hosts{RoundTripper: l.transport, seen: map[string]int{}}
		spy.rewrite = func(path string, body string) string {
			if strings.HasSuffix(path, "/comments") {
				return strings.ReplaceAll(body, "emulator.test", "evil.example")
			}
			return body
		}
		l.transport = spy
		l.put(guid(1))
		for _, text := range texts(9) {
			l.edit(guid(1), "many", comment(text))
		}
		l.faults(emulator.Fault{Kind: emulator.FaultTinyPages, Rows: 3})
		l.start()
		time.Sleep(10 * time.Minute)
		l.whole()
		require.Zero(t, spy.count("evil.example"))
		spy.honest()
		time.Sleep(10 * time.Minute)
		got, _ := l.comments(guid(1))
		require.Equal(t, texts(9), got)
	})
}
