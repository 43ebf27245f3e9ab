package window

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func digestOf(i int) Digest {
	return NewDigest(binary.BigEndian.AppendUint64(nil, uint64(i)))
}

func TestDigestsKeepTheirPartsApart(t *testing.T) {
	require.NotEqual(t, NewDigest([]byte("ab"), []byte("c")), NewDigest([]byte("a"), []byte("bc")))
	require.NotEqual(t, NewDigest([]byte("a")), NewDigest([]byte("a"), nil))
}

// Law: a set restored from its chunks is the same set, and what was added and
// not forgotten is in it.
func TestASetSurvivesItsChunks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newSeen(1_000, 8, nil)
		start := time.Unix(0, 0)
		n := rapid.IntRange(0, 200).Draw(t, "entries")
		for i := range n {
			s.Add(digestOf(i), start.Add(time.Duration(i)*time.Second))
			if rapid.IntRange(0, 20).Draw(t, "refresh") == 0 {
				s.Refresh(digestOf(rapid.IntRange(0, i).Draw(t, "which")), start.Add(time.Duration(i)*time.Second))
			}
		}
		var chunks []Chunk
		for _, c := range s.Chunks() {
			chunks = append(chunks, *c)
		}
		again := newSeen(1_000, 8, rapid.Permutation(chunks).Draw(t, "order"))
		require.Equal(t, n, again.Len())
		for i := range n {
			require.True(t, s.Has(digestOf(i)))
			require.True(t, again.Has(digestOf(i)))
		}
		s.Add(digestOf(-1), start)
		again.Add(digestOf(-1), start)
		require.Equal(t, s.Chunks()[len(s.Chunks())-1].ID, again.Chunks()[len(again.Chunks())-1].ID)
	})
}

func TestPruneForgetsFullChunksOlderThanTheOverlap(t *testing.T) {
	s := newSeen(1_000, 10, nil)
	start := time.Unix(0, 0)
	for i := range 100 {
		s.Add(digestOf(i), start.Add(time.Duration(i)*time.Second))
	}
	s.Prune(start.Add(50 * time.Second))
	require.Equal(t, 50, s.Len())
	require.False(t, s.Has(digestOf(49)))
	require.True(t, s.Has(digestOf(50)))
	s.Prune(start.Add(time.Hour))
	require.Equal(t, 20, s.Len(), "the two filled last stay")
}

func TestRefreshKeepsWhatIsStillDelivered(t *testing.T) {
	s := newSeen(40, 10, nil)
	for i := range 1_000 {
		s.Add(digestOf(i), time.Time{})
		s.Refresh(digestOf(0), time.Time{})
		s.ShrinkFirstIn()
	}
	require.True(t, s.Has(digestOf(0)))
	require.False(t, s.Has(digestOf(1)))
	held := 0
	for _, c := range s.Chunks() {
		held += len(c.Entries)
	}
	require.LessOrEqual(t, held, 40)
}

// What a full set forgets narrows the overlap: nothing is lost, and nothing
// comes twice.
func TestAFullSetNarrowsTheOverlap(t *testing.T) {
	m := newModel(12)
	m.fill(2_000, 10*time.Hour)
	r := newReader(m, 24*time.Hour)
	r.drain = NewDrain(r.saved, Settings{Overlap: 20 * time.Hour})
	r.seen = newSeen(512, 128, nil)
	shrink := func() {
		if forgotten := r.seen.Shrink(); !forgotten.IsZero() {
			r.drain.RaiseFloor(forgotten)
		}
		require.LessOrEqual(t, r.seen.Len(), 512)
	}
	r.between = func() {
		if r.seen.Overfull() {
			shrink()
		}
		require.LessOrEqual(t, r.seen.Len(), 2*512+50)
	}
	for range 20 {
		r.poll(t)
		shrink()
		m.now = m.now.Add(10 * time.Second)
		for range 10 {
			m.put(m.dice.IntN(2_100), 0)
			m.now = m.now.Add(time.Second)
		}
	}
	r.poll(t)
	require.Empty(t, r.missing())
	for _, times := range r.emitted {
		require.Equal(t, 1, times)
	}
	require.True(t, r.drain.Cursor().Floor.After(r.saved.Floor.Add(-time.Second)))
}
