package ledger_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/storage/filestorage"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.opentelemetry.io/collector/extension/xextension/storage"

	"github.com/seed-9ff5f8f0/defender-sentinel/extension/incidentledgerextension"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/collectortest"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
)

// The limits are measured in processes of their own: this test binary, run again
// as a collector that has a file_storage, with the ledger and without.

const (
	// processEnv names the directory of the process that is measured, modeEnv
	// what it is.
	processEnv, modeEnv = "LEDGER_TEST_DIRECTORY", "LEDGER_TEST_MODE"
	// The modes: no ledger, one, and one whose storage is compacted at the start.
	modeEmpty, modeLedger, modeCompacting = "empty", "ledger", "compacting"

	manyClosed, manyOpen = 1_000_000, 10_000
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(processEnv); dir != "" {
		if err := collector(dir, os.Getenv(modeEnv)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	m.Run()
}

// figures are what a process says of itself.
type figures struct {
	Open         int
	StartSeconds float64
	// Resident is what it has of memory after the start, Read once every shelf
	// was read: what the sweep does in a day.
	ResidentMB, ReadMB float64
}

// collector starts what is measured and prints figures.
func collector(dir, mode string) error {
	ctx := context.Background()
	disk, err := fileStorage(dir, func(c *filestorage.Config) {
		c.FSync = true
		c.Compaction.OnStart, c.Compaction.Directory = mode == modeCompacting, dir
	})
	if err != nil {
		return err
	}
	h := &collectortest.Host{Extensions: map[component.ID]component.Component{storageID: disk}}
	var f figures
	if mode == modeEmpty {
		f.ResidentMB = resident()
		return json.NewEncoder(os.Stdout).Encode(f)
	}
	factory := incidentledgerextension.NewFactory()
	config := factory.CreateDefaultConfig().(*incidentledgerextension.Config)
	config.Storage = configoptional.Some(storageID)
	set := extensiontest.NewNopSettings(factory.Type())
	set.ID = ownID
	x, err := factory.Create(ctx, set, config)
	if err != nil {
		return err
	}
	began := time.Now()
	if err := x.Start(ctx, h); err != nil {
		return err
	}
	f.StartSeconds = time.Since(began).Seconds()
	l := x.(ledger.Provider).Ledger()
	f.Open, f.ResidentMB = l.Open(), resident()
	var strangers []ledger.News
	for _, name := range ledger.AllShelves(workspace) {
		strangers = append(strangers, ledger.News{Side: incident.SideSentinel, Workspace: workspace, Name: name})
	}
	if err := l.Observe(ctx, strangers...); err != nil {
		return err
	}
	f.ReadMB = resident()
	return errors.Join(json.NewEncoder(os.Stdout).Encode(f), x.Shutdown(ctx), disk.Shutdown(ctx))
}

// resident is the process's resident set in megabytes, mapped files included.
func resident() float64 {
	debug.FreeOSMemory() // what is garbage is not needed
	text, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(text)) {
		if words := strings.Fields(line); len(words) == 3 && words[0] == "VmRSS:" {
			kb, _ := strconv.ParseFloat(words[1], 64)
			return kb * 1024 / 1e6
		}
	}
	return 0
}

// run measures a process.
func run(t testing.TB, dir, mode string) figures {
	t.Helper()
	c := exec.CommandContext(t.Context(), os.Args[0])
	c.Env = append(os.Environ(), processEnv+"="+dir, modeEnv+"="+mode)
	c.Stderr = os.Stderr
	out, err := c.Output()
	require.NoError(t, err)
	var f figures
	require.NoError(t, json.NewDecoder(bytes.NewReader(out)).Decode(&f))
	return f
}

// BenchmarkLimits fills a file_storage with a million closed and ten thousand
// open incidents, and prints what starting over it takes, with fsync, beside a
// process that has the storage and no ledger.
func BenchmarkLimits(b *testing.B) {
	closed := manyClosed
	if testing.Short() {
		closed /= 20
	}
	full, empty := b.TempDir(), b.TempDir()
	client := clientOf(b, full, false)
	require.NoError(b, ledger.Fill(b.Context(), client, closed, manyOpen))
	require.NoError(b, client.Close(b.Context()))
	stored, err := filepath.Glob(filepath.Join(full, "*"))
	require.NoError(b, err)
	info, err := os.Stat(stored[0])
	require.NoError(b, err)
	b.ReportMetric(0, "ns/op")
	for b.Loop() {
		with, without := run(b, full, modeLedger), run(b, empty, modeEmpty)
		require.Equal(b, manyOpen, with.Open)
		b.ReportMetric(with.StartSeconds, "start-s")
		b.ReportMetric(with.ResidentMB-without.ResidentMB, "over-MB")
		b.ReportMetric(with.ReadMB-without.ResidentMB, "all-read-over-MB")
		b.ReportMetric(without.ResidentMB, "baseline-MB")
		b.ReportMetric(run(b, full, modeCompacting).StartSeconds, "compacting-start-s")
		b.ReportMetric(float64(info.Size())/1e6, "file-MB")
	}
}

var (
	storageID = component.MustNewID("file_storage")
	ownID     = component.MustNewID(incidentledgerextension.Type)
)

func fileStorage(dir string, change func(*filestorage.Config)) (extension.Extension, error) {
	factory := filestorage.NewFactory()
	config := factory.CreateDefaultConfig().(*filestorage.Config)
	config.Directory = dir
	change(config)
	x, err := factory.Create(context.Background(), extensiontest.NewNopSettings(factory.Type()), config)
	if err != nil {
		return nil, err
	}
	return x, x.Start(context.Background(), componenttest.NewNopHost())
}

// clientOf is the client that the extension will have.
func clientOf(t testing.TB, dir string, fsync bool) storage.Client {
	t.Helper()
	x, err := fileStorage(dir, func(c *filestorage.Config) { c.FSync = fsync })
	require.NoError(t, err)
	client, err := x.(storage.Extension).GetClient(t.Context(), component.KindExtension, ownID, "")
	require.NoError(t, err)
	return client
}

// BenchmarkObserve saves news of incidents that are open already, a page of
// fifty at a time, with fsync and without, beside the same storage writing as
// many bytes in one transaction a page.
func BenchmarkObserve(b *testing.B) {
	for _, fsync := range []bool{false, true} {
		b.Run(fmt.Sprintf("fsync=%v", fsync), func(b *testing.B) {
			l, err := open(clientOf(b, b.TempDir(), fsync))
			require.NoError(b, err)
			defer l.Close(context.Background())
			page := func(n int) []ledger.News {
				var all []ledger.News
				for id := range 50 {
					one := news(strconv.Itoa(id), "active")
					one.Snapshot.Revision = time.Unix(int64(n), 0)
					one.Snapshot.Values[incident.FieldOwner] = incident.Value(strconv.Itoa(n))
					all = append(all, one)
				}
				return all
			}
			require.NoError(b, l.Observe(b.Context(), page(0)...))
			n := 1
			for b.Loop() {
				require.NoError(b, l.Observe(b.Context(), page(n)...))
				n++
			}
			b.ReportMetric(float64(b.N)*50/b.Elapsed().Seconds(), "incidents/s")
		})
		b.Run(fmt.Sprintf("fsync=%v/baseline=storage", fsync), func(b *testing.B) {
			client := clientOf(b, b.TempDir(), fsync)
			value := make([]byte, 700)
			for b.Loop() {
				var ops []*storage.Operation
				for id := range 50 {
					ops = append(ops, storage.SetOperation(strconv.Itoa(id), value))
				}
				require.NoError(b, client.Batch(b.Context(), ops...))
			}
			b.ReportMetric(float64(b.N)*50/b.Elapsed().Seconds(), "incidents/s")
			require.NoError(b, client.Close(b.Context()))
		})
	}
}
