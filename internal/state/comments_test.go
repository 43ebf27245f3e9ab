package state

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/window"
)

// commentsOf loads what a store remembers of comments.
func commentsOf(t *testing.T, m *memory, entriesMax int) (c *Comments, forgotten int) {
	t.Helper()
	c, forgotten, err := NewStore(m, key).LoadComments(t.Context(), entriesMax)
	require.NoError(t, err)
	return c, forgotten
}

func saveComments(t *testing.T, m *memory, c *Comments) {
	t.Helper()
	require.NoError(t, NewStore(m, key).SaveWith(t.Context(), sample(), map[Set]*window.Seen{}, c))
}

func TestCommentsAreLoadedAsTheyWereSaved(t *testing.T) {
	m, at := newMemory(), time.Date(2026, 11, 2, 3, 4, 5, 678_900_000, time.UTC)
	c := NewComments(1000)
	want := map[string]Commented{}
	for i := range 300 {
		k := Commented{Count: i % 5, Owed: i%7 == 0, Updated: at.Add(time.Duration(i) * time.Second)}
		c.Set(fmt.Sprint("incident ", i), k)
		if k.Count > 0 || k.Owed {
			want[fmt.Sprint("incident ", i)] = k
		}
	}
	saveComments(t, m, c)
	again, forgotten := commentsOf(t, m, 1000)
	require.Zero(t, forgotten)
	require.Equal(t, want, again.known)
	require.Equal(t, c.Owed(), again.Owed())
	require.Equal(t, 43, again.Owing())
	require.Equal(t, "incident 0", again.Owed()[0], "the oldest first")
	require.Equal(t, Commented{}, again.Of("never met"))
}

func TestOnlyChangedShardsAreWritten(t *testing.T) {
	m := newMemory()
	c := NewComments(1000)
	store := NewStore(m, key)
	save := func() { require.NoError(t, store.SaveWith(t.Context(), sample(), nil, c)) }
	save()
	m.wrote()
	c.Set("a", Commented{Count: 2})
	save()
	require.Equal(t, []string{commentsKey(key, shardOf("a")), key}, m.wrote())
	save()
	c.Set("a", Commented{Count: 2})
	save()
	require.Empty(t, m.wrote(), "nothing changed")
	c.Set("a", Commented{})
	save()
	require.NotContains(t, m.values, commentsKey(key, shardOf("a")), "nothing to know is nothing to keep")

	c.Set("a", Commented{Count: 3})
	m.broken = errors.New("disk full")
	require.Error(t, store.SaveWith(t.Context(), sample(), nil, c))
	m.broken = nil
	save()
	again, _ := commentsOf(t, m, 1000)
	require.Equal(t, 3, again.Of("a").Count, "a failed save is made up for")
}

// A memory begun anew must not find what an earlier one left behind.
func TestNewCommentsTakeThePlaceOfOldOnes(t *testing.T) {
	m := newMemory()
	c := NewComments(1000)
	for i := range 500 {
		c.Set(fmt.Sprint(i), Commented{Count: 1})
	}
	saveComments(t, m, c)
	saveComments(t, m, NewComments(1000))
	again, _ := commentsOf(t, m, 1000)
	require.Zero(t, again.Len())
}

func TestAFullMemoryForgetsTheOldestThatIsOwedNothing(t *testing.T) {
	c := NewComments(100)
	at := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	for i := range 100 {
		require.Zero(t, c.Set(fmt.Sprint(i), Commented{Count: 1, Owed: i < 50, Updated: at.Add(time.Duration(i) * time.Minute)}))
	}
	require.Zero(t, c.Set("new", Commented{Count: 1, Updated: at.Add(time.Hour * 9)}))
	require.Equal(t, 90, c.Len())
	require.Equal(t, 50, c.Owing(), "what is owed stays")
	require.Zero(t, c.Of("50").Count)
	require.Equal(t, 1, c.Of("new").Count)

	lost := 0
	for i := range 100 {
		lost += c.Set(fmt.Sprint("owed ", i), Commented{Count: 1, Owed: true, Updated: at.Add(24 * time.Hour)})
	}
	require.Positive(t, lost, "what cannot be kept is told")
	require.LessOrEqual(t, c.Len(), 100)
}

func TestCommentsThatCannotBeReadAreForgotten(t *testing.T) {
	m := newMemory()
	c := NewComments(1000)
	for i := range 1000 {
		c.Set(fmt.Sprint(i), Commented{Count: 1})
	}
	saveComments(t, m, c)
	whole := len(m.values[commentsKey(key, 7)])
	for i, text := range []string{"", "{", `{"version":2,"state":{}}`, `{"version":1,"state":[]}`, `{"version":1,"state":{"x":{"n":"many"}}}`} {
		m.values[commentsKey(key, i)] = []byte(text)
	}
	m.values[commentsKey(key, 7)] = []byte(`{"version":1,"state":{"strange":{"n":4,"t":"2026-01-01T00:00:00Z"},"bad":{"n":-4,"t":"2026-01-01T00:00:00Z"}}}`)
	again, forgotten := commentsOf(t, m, 1000)
	require.Equal(t, 5, forgotten)
	require.Less(t, again.Len(), 1000)
	require.Positive(t, whole)
	require.Zero(t, again.Of("strange").Count, "it does not belong there")
	saveComments(t, m, again)
	_, forgotten = commentsOf(t, m, 1000)
	require.Zero(t, forgotten)

	m.broken = errors.New("away")
	_, _, err := NewStore(m, key).LoadComments(t.Context(), 10)
	require.ErrorContains(t, err, "away")
}

func TestNamesOfNoSoundLengthAreNotKept(t *testing.T) {
	c := NewComments(10)
	c.Set(strings.Repeat("n", commentNameMax+1), Commented{Count: 1, Owed: true})
	require.Zero(t, c.Len())
	c.Set(strings.Repeat("n", commentNameMax), Commented{Count: 1, Owed: true})
	require.Equal(t, 1, c.Len())
}

func TestWithoutStorageNothingIsKept(t *testing.T) {
	s := NewStore(nil, key)
	c, forgotten, err := s.LoadComments(t.Context(), 10)
	require.NoError(t, err)
	require.Zero(t, forgotten)
	c.Set("a", Commented{Count: 1})
	require.NoError(t, s.SaveWith(t.Context(), sample(), nil, c))
}
