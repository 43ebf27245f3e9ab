package ledger_test

import (
	"slices"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/extension/xextension/storage"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
)

// kept is a disk with an open incident, 1, and a closed one, 2.
func kept(t *testing.T) *disk {
	t.Helper()
	d, s := newDisk(), twins{}
	l := mustOpen(t, d)
	l.NameTenant("contoso", link("1").TenantID)
	require.NoError(t, l.Observe(t.Context(), news("1", "active"), news("2", "resolved")))
	require.NoError(t, s.drain(t.Context(), l))
	require.NoError(t, l.Observe(t.Context(), news("3", "active")))
	require.NoError(t, l.Refuse(t.Context(), workspace, "forged", link("9"), "the name is not derived"))
	require.Equal(t, 2, l.Open())
	require.NoError(t, l.Close(t.Context()))
	return d
}

// damages are what may become of stored bytes.
func damages() map[string]func([]byte) []byte {
	return map[string]func([]byte) []byte{
		"a flipped bit":    func(b []byte) []byte { b[len(b)-1] ^= 1; return b },
		"a flipped head":   func(b []byte) []byte { b[2] ^= 1; return b },
		"half of it":       func(b []byte) []byte { return b[:len(b)/2] },
		"one byte":         func([]byte) []byte { return []byte{1} },
		"nothing":          func([]byte) []byte { return []byte{} },
		"something else":   func([]byte) []byte { return []byte(`{"some": "document of another program"}`) },
		"version 0":        func(b []byte) []byte { b[0] = 0; return b },
		"a later version":  func(b []byte) []byte { b[0] = 7; return b },
		"another's, whole": nil, // see below
	}
}

// TestWhatIsDamagedIsSetAside damages each kind of key in each way: the rest
// goes on, and what is damaged begins anew.
func TestWhatIsDamagedIsSetAside(t *testing.T) {
	for kind, key := range map[string]string{
		"an open entry": ledger.EntryKey(idOf("1")), "closed entries": ledger.ShelfKey(idOf("2")),
		"the list of open entries": ledger.ListKey(idOf("1")), "the refused claims": ledger.RefusedKey,
		"the names of tenants": ledger.NamesKey,
	} {
		for how, damage := range damages() {
			t.Run(kind+", "+how, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					d := kept(t)
					if damage == nil {
						d.values[key] = d.values[ledger.EntryKey(idOf("3"))]
					} else {
						d.values[key] = damage(slices.Clone(d.values[key]))
					}
					damaged := slices.Clone(d.values[key])
					var unusable []error
					l := mustOpen(t, d, told(&unusable))
					require.NoError(t, l.Observe(t.Context(), news("1", "inProgress"), news("2", "active"), news("3", "active")))
					require.NoError(t, l.Refuse(t.Context(), workspace, "another", link("9"), "the name is not derived"))
					require.Equal(t, 3, l.Open(), "every incident is worked on")
					require.Len(t, unusable, 1)
					require.ErrorIs(t, unusable[0], ledger.ErrUnusable)
					require.ErrorContains(t, unusable[0], key, "it is named")
					require.Equal(t, damaged, d.values["aside/"+key], "it is kept for looking at")
					require.NoError(t, l.Close(t.Context()))

					unusable = nil
					l = mustOpen(t, d, told(&unusable))
					require.Equal(t, 3, l.Open())
					require.Empty(t, unusable, "it is told once")
				})
			})
		}
	}
}

func TestALaterVersionIsNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := kept(t)
		d.values[ledger.EntryKey(idOf("1"))][0] = 2
		var unusable []error
		mustOpen(t, d, told(&unusable))
		require.ErrorContains(t, unusable[0], "its version 2 is newer than 1, which this collector writes")
		require.ErrorContains(t, unusable[0], string(idOf("1")))
	})
}

// TestALostListIsMadeAnew: a storage that can be walked through shows what was
// in it, so that work that was owed is done without any news.
func TestALostListIsMadeAnew(t *testing.T) {
	for name, open := range map[string]func(*disk) storage.Client{
		"where the storage can be walked through": func(d *disk) storage.Client { return walkable{d} },
		"where it cannot, with the next news":     func(d *disk) storage.Client { return d },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := kept(t)
				d.values[ledger.ListKey(idOf("3"))][9] ^= 1
				var unusable []error
				l := mustOpen(t, open(d), told(&unusable))
				require.Len(t, unusable, 1)
				if name != "where the storage can be walked through" {
					require.NotEqual(t, 2, l.Open())
					require.NoError(t, l.Observe(t.Context(), news("3", "active")))
				}
				require.Equal(t, 2, l.Open())
				e, err := l.Find(t.Context(), idOf("3"))
				require.NoError(t, err)
				require.True(t, e.Sides[0].Known, "it is the old one")
				work, _ := l.Next(lane, ledger.AllKinds)
				require.Equal(t, link("3"), work.Link())
			})
		})
	}
}

func TestALeaseThatIsNoLeaseIsNobodys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := kept(t)
		d.values[ledger.LeaseKey] = []byte("{torn")
		l := mustOpen(t, d)
		require.Equal(t, 2, l.Open())
	})
}

// TestStorageThatErrsIsNotTakenForEmpty: what cannot be read now is no reason to
// begin anew.
func TestStorageThatErrsIsNotTakenForEmpty(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := kept(t)
		l := mustOpen(t, d)
		d.stop(0, false)
		require.ErrorIs(t, l.Observe(t.Context(), news("2", "active")), errStopped)
		_, err := l.Find(t.Context(), idOf("2"))
		require.ErrorIs(t, err, errStopped)
		require.NoError(t, l.Sweep(t.Context()), "without a retention there is nothing to forget")
		_, err = open(d)
		require.ErrorIs(t, err, errStopped)
		d.stop(-1, false)
		require.NoError(t, l.Observe(t.Context(), news("2", "active")), "and it goes on")
		require.Equal(t, 3, l.Open())
	})
}
