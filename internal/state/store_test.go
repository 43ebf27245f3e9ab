package state

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"pgregory.net/rapid"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/window"
)

// memory is a storage client in a map; it counts what it writes.
type memory struct {
	values map[string][]byte
	sets   []string
	broken error
}

func newMemory() *memory { return &memory{values: map[string][]byte{}} }

func (m *memory) Get(ctx context.Context, key string) ([]byte, error) {
	op := storage.GetOperation(key)
	err := m.Batch(ctx, op)
	return op.Value, err
}

func (m *memory) Set(ctx context.Context, key string, value []byte) error {
	return m.Batch(ctx, storage.SetOperation(key, value))
}

func (m *memory) Delete(ctx context.Context, key string) error {
	return m.Batch(ctx, storage.DeleteOperation(key))
}

func (m *memory) Close(context.Context) error { return nil }

func (m *memory) Batch(_ context.Context, ops ...*storage.Operation) error {
	if m.broken != nil {
		return m.broken
	}
	for _, op := range ops {
		switch op.Type {
		case storage.Get:
			op.Value = m.values[op.Key]
		case storage.Set:
			m.values[op.Key] = append([]byte(nil), op.Value...)
			m.sets = append(m.sets, op.Key)
		case storage.Delete:
			delete(m.values, op.Key)
		}
	}
	return nil
}

// wrote returns the keys written since the last call.
func (m *memory) wrote() []string {
	keys := m.sets
	m.sets = nil
	return keys
}

const key = "public/00000000-0000-4000-8000-000000000001"

func digestOf(i int) window.Digest {
	return window.NewDigest(binary.BigEndian.AppendUint64(nil, uint64(i)))
}

func sets() map[Set]*window.Seen {
	return map[Set]*window.Seen{SetIncidents: window.NewSeen(50_000, nil), SetAlerts: window.NewSeen(50_000, nil)}
}

// sample is a tenant in which every field has its own value.
func sample() Position {
	start := time.Date(2026, 11, 1, 2, 3, 4, 0, time.UTC)
	alerts := window.From(start.Add(time.Hour))
	incidents := window.From(start)
	incidents.Head, incidents.Reach = start.Add(5*time.Minute+123), start.Add(4*time.Minute)
	incidents.Gaps = append(incidents.Gaps, window.Gap{
		Updated: window.Span{From: start.Add(time.Second), To: start.Add(2 * time.Second)},
		Created: window.Span{From: start.Add(-time.Hour), To: start.Add(-time.Minute)},
	})
	incidents.Gaps[0].Edge = &window.Edge{
		Oldest: true, First: start.Add(time.Minute + 5), Settled: 17, Origin: window.Span{From: start.Add(-time.Second)},
	}
	incidents.Audit = &window.Audit{
		Span: window.Span{From: start, To: start.Add(time.Hour)}, Taken: 23, Origin: window.Span{From: start.Add(-time.Minute)},
	}
	return Position{
		Incidents: incidents, Alerts: &alerts, Apart: true, Resynced: start.Add(7 * time.Hour),
		Quarantine: []Quarantined{
			{Kind: SetIncidents, ID: "77", Since: start.Add(time.Minute), Next: start.Add(3 * time.Minute), Attempts: 2},
			{Kind: SetAlerts, Between: window.Span{From: start, To: start.Add(time.Second)}, Since: start, Next: start, Attempts: 1},
		},
	}
}

func TestWhatIsSavedIsLoaded(t *testing.T) {
	m, seen := newMemory(), sets()
	start := time.Unix(1_800_000_000, 7).UTC()
	for i := range 2*window.ChunkMax + 10 {
		seen[SetIncidents].Add(digestOf(i), start.Add(time.Duration(i)))
	}
	seen[SetAlerts].Add(digestOf(-1), time.Time{})
	require.NoError(t, NewStore(m, key).Save(t.Context(), sample(), seen))

	found, err := NewStore(m, key).Load(t.Context())
	require.NoError(t, err)
	require.True(t, found.Found)
	require.NoError(t, found.SetAside)
	require.Zero(t, found.Forgotten)
	require.Equal(t, sample(), found.Position)
	require.Len(t, found.Chunks[SetIncidents], 3)
	again := window.NewSeen(50_000, found.Chunks[SetIncidents])
	require.Equal(t, seen[SetIncidents].Chunks(), again.Chunks())
	require.True(t, window.NewSeen(50_000, found.Chunks[SetAlerts]).Has(digestOf(-1)))
}

func TestOnlyWhatChangedIsWritten(t *testing.T) {
	m, seen := newMemory(), sets()
	for i := range window.ChunkMax + 1 {
		seen[SetIncidents].Add(digestOf(i), time.Time{})
	}
	s := NewStore(m, key)
	require.NoError(t, s.Save(t.Context(), sample(), seen))
	require.ElementsMatch(t, []string{key + "/incidents/1", key + "/incidents/2", key}, m.wrote())

	require.NoError(t, s.Save(t.Context(), sample(), seen))
	require.Empty(t, m.wrote(), "nothing changed")

	seen[SetIncidents].Add(digestOf(-1), time.Time{})
	require.NoError(t, s.Save(t.Context(), sample(), seen))
	require.Equal(t, []string{key + "/incidents/2", key}, m.wrote(), "a full chunk is written once")

	resumed := NewStore(m, key)
	found, err := resumed.Load(t.Context())
	require.NoError(t, err)
	require.NoError(t, resumed.Save(t.Context(), found.Position, map[Set]*window.Seen{
		SetIncidents: window.NewSeen(50_000, found.Chunks[SetIncidents]), SetAlerts: window.NewSeen(50_000, nil),
	}))
	require.Empty(t, m.wrote(), "nothing changed by a restart")
}

func TestForgottenChunksAreDeleted(t *testing.T) {
	m, seen := newMemory(), sets()
	s := NewStore(m, key)
	for i := range 4 * window.ChunkMax {
		seen[SetIncidents].Add(digestOf(i), time.Unix(int64(i), 0))
	}
	require.NoError(t, s.Save(t.Context(), sample(), seen))
	seen[SetIncidents].Prune(time.Unix(1e9, 0))
	require.NoError(t, s.Save(t.Context(), sample(), seen))
	require.NotContains(t, m.values, key+"/incidents/1")
	require.Contains(t, m.values, key+"/incidents/4")
}

func TestAFailedSaveIsMadeUpFor(t *testing.T) {
	m, seen := newMemory(), sets()
	s := NewStore(m, key)
	seen[SetIncidents].Add(digestOf(1), time.Time{})
	m.broken = errors.New("disk full")
	err := s.Save(t.Context(), sample(), seen)
	require.ErrorContains(t, err, "save state "+key+": disk full")
	m.broken = nil
	require.NoError(t, s.Save(t.Context(), sample(), seen))
	require.ElementsMatch(t, []string{key + "/incidents/1", key}, m.wrote())
}

func TestDocumentsThatCannotBeUsedAreSetAside(t *testing.T) {
	good := func(edit func(map[string]any)) string {
		state := map[string]any{}
		text, err := json.Marshal(document{Position: sample()})
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(text, &state))
		edit(state)
		text, err = json.Marshal(map[string]any{"version": 1, "state": state})
		require.NoError(t, err)
		return string(text)
	}
	for name, c := range map[string]struct{ text, why string }{
		"torn":             {`{"version":1,"sta`, "corrupt"},
		"empty":            {``, "corrupt"},
		"no object":        {`[]`, "corrupt"},
		"no version":       {`{"state":{}}`, "no version"},
		"newer":            {`{"version":2,"state":{}}`, "version 2 is newer than 1"},
		"fields":           {`{"version":1,"state":{"incidents":7}}`, "fields do not parse"},
		"no cursor":        {`{"version":1,"state":{}}`, "cursor"},
		"an empty gap":     {good(func(s map[string]any) { s["incidents"].(map[string]any)["gaps"] = []any{map[string]any{}} }), "cursor"},
		"a long document":  {strings.Repeat(" ", documentBytesMax+1), "at most"},
		"a bad alerts one": {good(func(s map[string]any) { s["alerts"] = map[string]any{} }), "cursor"},
		"a long quarantine": {good(func(s map[string]any) {
			q := s["quarantine"].([]any)[0]
			long := make([]any, QuarantineMax+1)
			for i := range long {
				long[i] = q
			}
			s["quarantine"] = long
		}), "quarantine"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMemory()
			m.values[key] = []byte(c.text)
			found, err := NewStore(m, key).Load(t.Context())
			require.NoError(t, err)
			require.False(t, found.Found)
			require.ErrorIs(t, found.SetAside, ErrUnusable)
			require.ErrorContains(t, found.SetAside, c.why)
			require.ErrorContains(t, found.SetAside, key+"/aside")
			require.Equal(t, c.text, string(m.values[key+"/aside"]), "it can be looked at later")
			require.NotContains(t, m.values, key)
		})
	}
}

func TestAnOlderDocumentIsUpgraded(t *testing.T) {
	rename := func(from, to string) Upgrade {
		return func(text json.RawMessage) (json.RawMessage, error) {
			fields := map[string]json.RawMessage{}
			if err := json.Unmarshal(text, &fields); err != nil {
				return nil, err
			}
			fields[to] = fields[from]
			delete(fields, from)
			return json.Marshal(fields)
		}
	}
	f := Format{Version: 3, Upgrades: []Upgrade{rename("a", "b"), rename("b", "c")}}
	for version, field := range map[string]string{"1": "a", "2": "b", "3": "c"} {
		var got struct {
			C int `json:"c"`
		}
		require.NoError(t, f.Decode([]byte(`{"version":`+version+`,"state":{"`+field+`":7}}`), &got))
		require.Equal(t, 7, got.C)
	}
	require.ErrorIs(t, f.Decode([]byte(`{"version":1,"state":[]}`), &struct{}{}), ErrUnusable)
	require.Len(t, format().Upgrades, format().Version-1)
}

func TestChunksThatCannotBeReadAreForgotten(t *testing.T) {
	m, seen := newMemory(), sets()
	for i := range 3 * window.ChunkMax {
		seen[SetIncidents].Add(digestOf(i), time.Time{})
	}
	require.NoError(t, NewStore(m, key).Save(t.Context(), sample(), seen))
	delete(m.values, key+"/incidents/1")
	m.values[key+"/incidents/2"][100] ^= 1
	s := NewStore(m, key)
	found, err := s.Load(t.Context())
	require.NoError(t, err)
	require.True(t, found.Found)
	require.Equal(t, 2, found.Forgotten)
	require.Len(t, found.Chunks[SetIncidents], 1)
	require.NoError(t, s.Save(t.Context(), found.Position, map[Set]*window.Seen{
		SetIncidents: window.NewSeen(50_000, found.Chunks[SetIncidents]), SetAlerts: window.NewSeen(50_000, nil),
	}))
	require.NotContains(t, m.values, key+"/incidents/2")
}

func TestAStorageThatFailsIsNoCorruption(t *testing.T) {
	m := newMemory()
	require.NoError(t, NewStore(m, key).Save(t.Context(), sample(), sets()))
	before := maps.Clone(m.values)
	m.broken = errors.New("locked")
	_, err := NewStore(m, key).Load(t.Context())
	require.ErrorContains(t, err, "read state "+key+": locked")
	require.Equal(t, before, m.values)
}

func TestWithoutAClientNothingIsKept(t *testing.T) {
	s := NewStore(nil, key)
	require.NoError(t, s.Save(t.Context(), sample(), sets()))
	found, err := s.Load(t.Context())
	require.NoError(t, err)
	require.False(t, found.Found)
}

// Law: a chunk is read back as it was, and one changed bit is noticed.
func TestChunksSurviveAndDamageIsNoticed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := window.Chunk{ID: rapid.Uint64().Draw(t, "id")}
		if rapid.Bool().Draw(t, "dated") {
			c.Newest = time.Unix(0, rapid.Int64Range(1, 1<<62).Draw(t, "newest")).UTC()
		}
		for i := range rapid.IntRange(0, 20).Draw(t, "entries") {
			c.Entries = append(c.Entries, digestOf(i))
		}
		text := encodeChunk(&c)
		got, err := decodeChunk(text)
		require.NoError(t, err)
		require.Equal(t, c, got)
		text[rapid.IntRange(0, len(text)-1).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		_, err = decodeChunk(text)
		require.Error(t, err)
	})
}

func FuzzDocuments(f *testing.F) {
	text, err := format().Encode(document{Position: sample(), Seen: map[Set][]uint64{SetIncidents: {1, 2}}})
	require.NoError(f, err)
	f.Add(text)
	f.Add([]byte(`{"version":1,"state":{"seen":{"incidents":[1,1,1]}}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		m := newMemory()
		m.values[key] = text
		found, err := NewStore(m, key).Load(context.Background())
		require.NoError(t, err)
		require.NotEqual(t, found.Found, found.SetAside != nil)
		if found.Found {
			window.NewDrain(found.Position.Incidents, window.Settings{}).Poll()
		}
	})
}

type host map[component.ID]component.Component

func (h host) GetExtensions() map[component.ID]component.Component { return h }

type extension struct {
	component.StartFunc
	component.ShutdownFunc
	client storage.Client
	err    error
}

func (e extension) GetClient(context.Context, component.Kind, component.ID, string) (storage.Client, error) {
	return e.client, e.err
}

func TestOpenSaysWhatIsWrongWithTheStorage(t *testing.T) {
	id, owner := component.MustNewID("file_storage"), component.MustNewID("defender")
	m := newMemory()
	client, err := Open(t.Context(), host{id: extension{client: m}}, id, owner)
	require.NoError(t, err)
	require.Same(t, m, client)

	_, err = Open(t.Context(), host{}, id, owner)
	require.ErrorContains(t, err, `not in service::extensions`)
	_, err = Open(t.Context(), host{id: struct {
		component.StartFunc
		component.ShutdownFunc
	}{}}, id, owner)
	require.ErrorContains(t, err, "must name a storage extension")
	_, err = Open(t.Context(), host{id: extension{err: errors.New("locked")}}, id, owner)
	require.ErrorContains(t, err, "open storage file_storage: locked")
}
