package floors

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/seed-9ff5f8f0/defender-sentinel/"

// translation lists floor 1 in order: a package may import those before it.
var translation = []string{"record", "schema", "entity", "asim", "ocsf", "graph", "sentinel", "ingest", "template"}

// bannedInCore is what floor 0 must not touch: a decision is a value, made of
// values, and the same tomorrow.
var bannedInCore = []string{"os", "net", "log", "io/fs", "syscall", "math/rand"}

type goPackage struct {
	ImportPath string
	Imports    []string
}

// rule says whether the package at from (module prefix cut) may import path,
// and if not, why.
type rule struct {
	floor string
	match func(from string) bool
	check func(from, path string) error
}

func rules() []rule {
	return []rule{
		{"0 core", in("internal/incident", "internal/reconcile", "internal/window", "internal/budget"), core},
		{"1 translation", under("internal/", translation...), translationFloor},
		{"2 adapters", in("internal/azure", "internal/graphapi", "internal/sentinelapi", "internal/ingestapi", "internal/state", "internal/ledger", "internal/polling"), adapters},
		{"2 adapters: joining azure and ledger", in("internal/writer"), writers},
		{"3 components", prefixed("receiver/", "processor/", "exporter/", "extension/"), components},
		{"4 programs", prefixed("cmd/"), programs},
		{"beside: emulator", prefixed("internal/emulator"), emulator},
		{"beside: tests", in("internal/sim", "internal/floors", "internal/collectortest"), func(string, string) error { return nil }},
	}
}

func TestEveryPackageKeepsToItsFloor(t *testing.T) {
	for _, p := range listPackages(t) {
		from := strings.TrimPrefix(p.ImportPath, module)
		floor := slices.IndexFunc(rules(), func(r rule) bool { return r.match(from) })
		if floor < 0 {
			t.Errorf("%s stands on no floor: add it to ARCHITECTURE.md and here before it gets code", from)
			continue
		}
		r := rules()[floor]
		for _, path := range p.Imports {
			if err := r.check(from, path); err != nil {
				t.Errorf("%s (floor %s) imports %s: %v", from, r.floor, path, err)
			}
		}
	}
}

func TestTheRulesRefuseWhatTheyShould(t *testing.T) {
	for _, c := range []struct {
		check      func(from, path string) error
		from, path string
	}{
		{core, "internal/window", "net/http"},
		{core, "internal/window", module + "internal/record"},
		{translationFloor, "internal/record", module + "internal/ingest"},
		{translationFloor, "internal/ingest", module + "internal/azure"},
		{translationFloor, "internal/ingest", "net/http"},
		{adapters, "internal/graphapi", module + "internal/ingestapi"},
		{adapters, "internal/azure", module + "internal/graphapi"},
		{writers, "internal/writer", module + "internal/graphapi"},
		{components, "receiver/a", module + "receiver/b"},
		{components, "receiver/a", module + "internal/emulator"},
		{programs, "cmd/azemulator", module + "internal/record"},
		{emulator, "internal/emulator", module + "internal/schema"},
		{emulator, "internal/emulator", "go.uber.org/zap"},
	} {
		require.Error(t, c.check(c.from, c.path), "%s importing %s", c.from, c.path)
	}
}

func core(_, path string) error {
	switch own := strings.TrimPrefix(path, module); {
	case own == "internal/incident":
		return nil
	case !standard(path):
		return errors.New("a decision stands on the standard library alone, so that it can be read, searched and replayed by itself")
	case slices.ContainsFunc(bannedInCore, func(b string) bool { return path == b || strings.HasPrefix(path, b+"/") }):
		return errors.New("a decision takes values and does nothing to the world")
	}
	return nil
}

func translationFloor(from, path string) error {
	own, ours := strings.CutPrefix(path, module)
	if !ours {
		if path == "net/http" || path == "os" || strings.Contains(path, "azcore") || strings.HasPrefix(path, "go.opentelemetry.io/collector") && !strings.HasPrefix(path, "go.opentelemetry.io/collector/pdata") {
			return errors.New("a translation has no network, files or collector in it")
		}
		return nil
	}
	own = strings.TrimPrefix(own, "internal/")
	switch base, _, _ := strings.Cut(own, "/"); {
	case slices.Contains([]string{"incident", "window", "reconcile"}, base):
		return nil
	case slices.Index(translation, base) < 0:
		return errors.New("a translation imports translations and the core only")
	case slices.Index(translation, base) > slices.Index(translation, rootOf(from)):
		return fmt.Errorf("translations go one way: %s", strings.Join(translation, " ← "))
	}
	return nil
}

func adapters(from, path string) error {
	own, ours := strings.CutPrefix(path, module)
	switch {
	case !ours, own == "internal/azure", own == from:
		return nil
	case prefixed("receiver/", "processor/", "exporter/", "extension/", "cmd/", "internal/emulator", "internal/sim")(own):
		return errors.New("an adapter knows nothing above it, and never the emulator")
	case in("internal/graphapi", "internal/sentinelapi", "internal/ingestapi", "internal/state", "internal/ledger", "internal/polling")(own):
		return errors.New("adapters do not know one another: a component joins them")
	}
	return nil
}

func writers(from, path string) error {
	if path == module+"internal/ledger" {
		return nil // it joins what azure says of an error with what the ledger does about it
	}
	return adapters(from, path)
}

func components(from, path string) error {
	own, ours := strings.CutPrefix(path, module)
	switch {
	case !ours, strings.HasPrefix(own, from):
		return nil
	case prefixed("receiver/", "processor/", "exporter/", "extension/")(own):
		return errors.New("components meet only in the collector's configuration, through plog")
	case prefixed("internal/emulator", "internal/sim", "cmd/")(own):
		return errors.New("what ships knows nothing of the emulator")
	}
	return nil
}

func programs(_, path string) error {
	own, ours := strings.CutPrefix(path, module)
	if ours && !strings.HasPrefix(own, "internal/emulator") {
		return errors.New("a program runs the emulator and built collectors, it links no client of ours")
	}
	return nil
}

func emulator(_, path string) error {
	if own, ours := strings.CutPrefix(path, module); ours && !strings.HasPrefix(own, "internal/emulator") {
		return errors.New("the emulator shares no type with our clients, so that it can contradict them")
	}
	if !strings.HasPrefix(path, module) && !standard(path) {
		return errors.New("the emulator stands on the standard library alone")
	}
	return nil
}

func standard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}

func rootOf(from string) string {
	root, _, _ := strings.Cut(strings.TrimPrefix(from, "internal/"), "/")
	return root
}

func in(packages ...string) func(string) bool {
	return func(from string) bool { return slices.Contains(packages, from) }
}

func under(dir string, roots ...string) func(string) bool {
	return func(from string) bool {
		return strings.HasPrefix(from, dir) && slices.Contains(roots, rootOf(from))
	}
}

func prefixed(prefixes ...string) func(string) bool {
	return func(from string) bool {
		return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(from, p) })
	}
}

func listPackages(t *testing.T) []goPackage {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", module+"...").Output()
	require.NoError(t, err)
	var packages []goPackage
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			require.NotEmpty(t, packages)
			return packages
		}
		require.NoError(t, err)
		packages = append(packages, p)
	}
}
