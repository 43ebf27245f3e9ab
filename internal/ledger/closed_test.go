package ledger

import (
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/reconcile"
)

func newTestStore(t require.TestingT) *store {
	return &store{packing: newPacking(), listed: map[int]idSet{}, unusable: func(err error) { require.NoError(t, err) }}
}

// anything fills a value in any way there is.
func anything(t *rapid.T, v reflect.Value) {
	if !v.CanSet() {
		return
	}
	if at, isTime := v.Addr().Interface().(*time.Time); isTime {
		*at = rapid.SampledFrom([]time.Time{
			{},
			time.Unix(1_790_000_000, 0).UTC(), time.Unix(1_790_000_000, 123_456_700).UTC(), time.Unix(1_790_000_000, 123_000_000).UTC(),
			time.Unix(1_700_000_000, 987_654_321).UTC(), time.Unix(-1, 1).UTC(), time.Date(9999, 12, 31, 0, 0, 0, 1, time.UTC), time.Date(1, 1, 2, 0, 0, 0, 0, time.UTC),
		}).Draw(t, "time")
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			anything(t, v.Field(i))
		}
	case reflect.Array:
		for i := range v.Len() {
			anything(t, v.Index(i))
		}
	case reflect.Slice:
		n := rapid.IntRange(0, 3).Draw(t, "length")
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			anything(t, v.Index(i))
		}
		if n == 0 {
			v.SetZero()
		}
	case reflect.Pointer:
		if rapid.Bool().Draw(t, "there") {
			v.Set(reflect.New(v.Type().Elem()))
			anything(t, v.Elem())
		}
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "flag"))
	case reflect.String:
		v.SetString(rapid.SampledFrom([]string{
			"", "a", "4711", "007", "resolved", "\x01name\x01", "a\nb\nc", strings.Repeat("long ", 50), "0b6f1c52-9a4e", "0B6F1C52-9A4E",
			restPrefix + "0123456789abcdef", restPrefix + "0123456789abcdeg", "18446744073709551616",
		}).Draw(t, "text"))
	default:
		if v.CanInt() {
			v.SetInt(rapid.Int64Range(0, 100).Draw(t, "number"))
		} else {
			v.SetUint(rapid.Uint64Range(0, 1).Draw(t, "number"))
		}
	}
}

// anyEntry is an entry that can be stored.
func anyEntry(t *rapid.T, n int) *Entry {
	var e Entry
	anything(t, reflect.ValueOf(&e).Elem())
	e.Link.IncidentID, e.Workspace = rapid.SampledFrom([]string{"", "0", "a"}).Draw(t, "prefix")+strconv.Itoa(n), "/w"
	for i, d := range e.Decisions {
		d.Field, d.Rule = strings.ReplaceAll(d.Field, "\n", ""), strings.ReplaceAll(d.Rule, "\n", "")
		d.Side, d.Winner, d.Result = "sentinel", "", ResultWritten
		e.Decisions[i] = d
	}
	if rapid.Bool().Draw(t, "agreed") {
		for f := range e.Base {
			e.Base[f] = &reconcile.Pair{e.Sides[0].Values[f], e.Sides[1].Values[f]}
		}
	}
	e.fresh = 0
	return &e
}

func text(t require.TestingT, e *Entry) string {
	document, err := json.Marshal(e)
	require.NoError(t, err)
	return string(document)
}

func TestAShelfKeepsEveryFieldOfAnEntry(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newTestStore(t)
		sh := shelf{}
		for n := range rapid.IntRange(1, 4).Draw(t, "entries") {
			e := anyEntry(t, n)
			sh[IDOf(e.Link, e.Workspace)] = e
		}
		op, err := s.shelve(7, sh)
		require.NoError(t, err)
		read, err := s.decodeShelf(shelfKey(7), op.Value)
		require.NoError(t, err)
		require.Len(t, read, len(sh))
		for id, e := range sh {
			require.JSONEq(t, text(t, e), text(t, read[id]))
		}
	})
}

// TestWhatRestsBehavesAsIfItHadNot lets an entry and its copy at rest see the
// same things, and compares what they want done.
func TestWhatRestsBehavesAsIfItHadNot(t *testing.T) {
	settings := Settings{Policy: reconcile.DefaultPolicy()}
	title := strings.Repeat("a long title ", 9)
	closed := func() *Entry {
		now := time.Unix(1_790_000_000, 0)
		e := NewEntry(incident.Link{Cloud: "c", TenantID: "t", IncidentID: "1"}, "/w", now.Add(-time.Hour))
		d := incident.Values{"resolved", "truePositive/malware", "jane", "high", "a", incident.Value(title), incident.Value(title + "described")}
		s := incident.Values{"Closed", "TruePositive/SuspiciousActivity", "jane", "High", "a", d[5], d[6]}
		for i, values := range []incident.Values{d, s, d, s} {
			side := incident.Side(i % 2)
			e.Observe(side, incident.Snapshot{Values: values, Revision: now, Etag: "e"}, e.Begin(now))
		}
		e.Settle(e.Plan(incident.SideSentinel, settings), now)
		e.close(now)
		return e
	}
	rapid.Check(t, func(t *rapid.T) {
		e := closed()
		require.Equal(t, [2][]Need{}, [2][]Need{e.Needs(0, settings), e.Needs(1, settings)})
		require.True(t, e.rests(settings))
		rested := e.Clone()
		rested.rest()
		require.True(t, rested.rests(settings), "it rests while it rests")
		require.Less(t, len(text(t, rested)), len(text(t, e)))
		for range rapid.IntRange(1, 5).Draw(t, "observations") {
			side := rapid.SampledFrom([]incident.Side{0, 1}).Draw(t, "side")
			values, fields := e.Sides[side].Values, incident.Fields()
			if rapid.Bool().Draw(t, "edit") {
				f := rapid.SampledFrom(fields[:]).Draw(t, "field")
				values[f] = rapid.SampledFrom([]incident.Value{"", "active", "New", "bob", "low", "Low", incident.Value(title), incident.Value(title + "!")}).Draw(t, "value")
			}
			at := time.Unix(1_790_000_000+rapid.Int64Range(-1, 9).Draw(t, "at"), 0)
			snapshot := incident.Snapshot{Values: values, Revision: at}
			own := rapid.Bool().Draw(t, "own")
			for _, x := range []*Entry{e, rested} {
				r := Reading{Began: at}
				if own {
					r = x.Begin(at)
				}
				x.Observe(side, snapshot, r)
			}
			for _, side := range incident.Sides() {
				require.Equal(t, recalled(e.Plan(side, settings)), recalled(rested.Plan(side, settings)))
				require.Equal(t, e.Needs(side, settings), rested.Needs(side, settings))
			}
		}
	})
}

// recalled compares plans without their bases and what is overwritten, in which
// a text may still be a digest.
func recalled(p Plan) Plan {
	for i := range p.Writes {
		p.Writes[i].Base, p.Writes[i].Before = nil, atRest(p.Writes[i].Before)
		p.Writes[i].Source = atRest(p.Writes[i].Source)
	}
	p.base = [incident.FieldCount]*reconcile.Pair{}
	return p
}

// shelfColumns are the columns of a shelf with two entries.
func shelfColumns(t require.TestingT) columns {
	c := columns{index: map[string]int{}}
	c.putNumber(2)
	for n := range 2 {
		e := lifelike(n)
		e.rest()
		require.NoError(t, c.putEntry(e))
	}
	return c
}

// readDamaged reads columns that may be anything: what is read is whole, or
// nothing is.
func readDamaged(t require.TestingT, s *store, shape, texts, noise []byte) {
	sh, err := s.decodeShelf("k", seal("k", s.join(columns{shape: shape, texts: texts, noise: noise})))
	if err != nil {
		require.ErrorIs(t, err, ErrUnusable)
		require.Empty(t, sh)
	}
	for id, e := range sh {
		require.Equal(t, id, IDOf(e.Link, e.Workspace))
		for _, side := range incident.Sides() {
			e.Needs(side, Settings{Policy: reconcile.DefaultPolicy()}) // whatever it says, it is judged without a panic
		}
	}
}

func FuzzShelf(f *testing.F) {
	s, c := newTestStore(f), shelfColumns(f)
	f.Add(c.shape, c.texts, c.noise)
	f.Fuzz(func(t *testing.T, shape, texts, noise []byte) { readDamaged(t, s, shape, texts, noise) })
}

// TestDamagedColumnsAreNoPanic damages what the checksum would have caught.
func TestDamagedColumnsAreNoPanic(t *testing.T) {
	s, whole := newTestStore(t), shelfColumns(t)
	rapid.Check(t, func(t *rapid.T) {
		parts := [3][]byte{slices.Clone(whole.shape), slices.Clone(whole.texts), slices.Clone(whole.noise)}
		for range rapid.IntRange(1, 4).Draw(t, "damages") {
			part := &parts[rapid.IntRange(0, 2).Draw(t, "part")]
			if len(*part) == 0 {
				continue
			}
			at := rapid.IntRange(0, len(*part)-1).Draw(t, "at")
			switch rapid.IntRange(0, 2).Draw(t, "how") {
			case 0:
				(*part)[at] = rapid.Byte().Draw(t, "byte")
			case 1:
				*part = (*part)[:at]
			case 2:
				*part = slices.Insert(*part, at, rapid.SliceOfN(rapid.Byte(), 1, 12).Draw(t, "bytes")...)
			}
		}
		readDamaged(t, s, parts[0], parts[1], parts[2])
	})
}

func FuzzEntry(f *testing.F) {
	s := newTestStore(f)
	whole, err := s.encodeEntry("k", lifelike(1))
	require.NoError(f, err)
	f.Add(whole, []byte(`{"link":{"incident":"1"},"workspace":"/w"}`))
	f.Fuzz(func(t *testing.T, raw, document []byte) {
		for _, stored := range [][]byte{raw, seal("k", s.pack(document)), seal("k", document)} {
			e, err := s.decodeEntry("k", stored)
			if err != nil {
				require.ErrorIs(t, err, ErrUnusable)
				continue
			}
			require.NotEmpty(t, e.Link.IncidentID)
			for _, side := range incident.Sides() {
				e.Needs(side, Settings{Policy: reconcile.DefaultPolicy()}) // whatever it says, it is judged without a panic
			}
		}
	})
}
