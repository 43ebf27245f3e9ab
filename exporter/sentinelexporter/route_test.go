package sentinelexporter

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog"
	"pgregory.net/rapid"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

const (
	tenantA = "aaaaaaaa-0000-4000-8000-00000000000a"
	tenantB = "bbbbbbbb-0000-4000-8000-00000000000b"
	tenantC = "cccccccc-0000-4000-8000-00000000000c"
)

func TestDestination(t *testing.T) {
	for _, c := range []struct {
		name         string
		destinations [][]string
		of           tenant
		want         int
	}{
		{"listed by id", [][]string{{tenantA}, {tenantB}}, tenant{tenantB, "fabrikam"}, 1},
		{"listed by id in another case", [][]string{{strings.ToUpper(tenantA)}}, tenant{tenantA, ""}, 0},
		{"listed by name", [][]string{{"contoso"}, {"fabrikam"}}, tenant{tenantB, "fabrikam"}, 1},
		{"a name is compared letter by letter", [][]string{{"contoso"}}, tenant{tenantA, "Contoso"}, noDestination},
		{"an id is stronger than an earlier name", [][]string{{"contoso"}, {tenantA}}, tenant{tenantA, "contoso"}, 1},
		{"a name is stronger than the rest", [][]string{{"contoso"}, nil}, tenant{tenantA, "contoso"}, 0},
		{"not listed goes to the one without tenants", [][]string{{tenantA}, nil}, tenant{tenantB, "fabrikam"}, 1},
		{"not listed goes nowhere", [][]string{{tenantA}, {"contoso"}}, tenant{tenantB, "fabrikam"}, noDestination},
		{"a tenant that calls itself by another's id", [][]string{{tenantA}}, tenant{tenantB, tenantA}, noDestination},
		{"a record of another pipeline goes to the one without tenants", [][]string{{tenantA}, nil}, tenant{}, 1},
		{"a record of another pipeline goes nowhere else", [][]string{{tenantA, "contoso"}}, tenant{}, noDestination},
		{"an empty name matches nobody", [][]string{{"contoso"}}, tenant{tenantB, ""}, noDestination},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, newRoutes(destinationsOf(c.destinations)).destination(c.of))
		})
	}
}

func destinationsOf(tenants [][]string) []DestinationConfig {
	var ds []DestinationConfig
	for _, t := range tenants {
		ds = append(ds, DestinationConfig{Tenants: t})
	}
	return ds
}

func TestTenantOf(t *testing.T) {
	r := plog.NewLogs().ResourceLogs().AppendEmpty().Resource()
	require.Equal(t, tenant{}, tenantOf(r))
	r.Attributes().PutStr(record.TenantID, strings.ToUpper(tenantA))
	r.Attributes().PutStr(record.TenantName, "Contoso")
	require.Equal(t, tenant{tenantA, "Contoso"}, tenantOf(r))
	r.Attributes().PutInt(record.TenantID, 7)
	require.Equal(t, tenant{"", "Contoso"}, tenantOf(r), "a tenant id that is a number names nobody")
}

// TestNobodyElsesWorkspace draws any configuration, in any order and however
// wrong, and any records, and looks at each row's destination from the
// outside: it lists the row's tenant, or it lists nobody.
func TestNobodyElsesWorkspace(t *testing.T) {
	ids := []string{tenantA, tenantB, tenantC, strings.ToUpper(tenantA)}
	names := []string{"contoso", "fabrikam", "Contoso", tenantB, ""}
	rapid.Check(t, func(t *rapid.T) {
		entry := rapid.SampledFrom(slices.Concat(ids, names))
		ds := destinationsOf(rapid.SliceOfN(rapid.SliceOfN(entry, 0, 3), 0, 5).Draw(t, "destinations"))
		ld := drawLogs(t, ids, names)
		total := 0
		for d, part := range newRoutes(ds).split(ld) {
			total += part.LogRecordCount()
			for r := range records(part) {
				checkRow(t, ds, d, tenantOf(r.resource.Resource()))
			}
		}
		require.Equal(t, ld.LogRecordCount(), total, "every record goes exactly one way")
	})
}

func drawLogs(t *rapid.T, ids, names []string) plog.Logs {
	ld := plog.NewLogs()
	for range rapid.IntRange(0, 6).Draw(t, "resources") {
		rl := ld.ResourceLogs().AppendEmpty()
		if id := rapid.SampledFrom(append(ids, "")).Draw(t, "id"); id != "" {
			rl.Resource().Attributes().PutStr(record.TenantID, id)
		}
		if name := rapid.SampledFrom(names).Draw(t, "name"); name != "" {
			rl.Resource().Attributes().PutStr(record.TenantName, name)
		}
		for range rapid.IntRange(0, 2).Draw(t, "records") {
			rl.ScopeLogs().AppendEmpty().LogRecords().AppendEmpty().Body().SetStr("row")
		}
	}
	return ld
}

func checkRow(t *rapid.T, ds []DestinationConfig, d int, of tenant) {
	lists := func(d DestinationConfig) bool {
		return slices.ContainsFunc(d.Tenants, func(entry string) bool {
			if isTenantID(entry) {
				return strings.EqualFold(entry, of.id)
			}
			return of.name != "" && entry == of.name
		})
	}
	if d == noDestination {
		for i, other := range ds {
			require.False(t, lists(other) || len(other.Tenants) == 0, "destination %d takes the row that went to the dead letter", i)
		}
		return
	}
	require.True(t, lists(ds[d]) || len(ds[d].Tenants) == 0, "destination %d lists %v and got a row of %v", d, ds[d].Tenants, of)
	if len(ds[d].Tenants) == 0 {
		require.False(t, slices.ContainsFunc(ds, lists), "a destination lists %v, and the row went to the rest", of)
	}
}

func TestSplitCopiesOnlyWhatGoesDifferentWays(t *testing.T) {
	r := newRoutes(destinationsOf([][]string{{tenantA}, {tenantB}}))
	one := logsOf(tenantA, tenantA)
	for d, part := range r.split(one) {
		require.Equal(t, 0, d)
		require.Equal(t, one, part)
	}
	mixed := logsOf(tenantB, tenantC, tenantA, tenantB)
	mixed.MarkReadOnly()
	var order []int
	for d, part := range r.split(mixed) {
		order = append(order, d)
		part.ResourceLogs().AppendEmpty() // a copy may be changed
	}
	require.Equal(t, []int{noDestination, 0, 1}, order)
	lost := logsOf(tenantC)
	for _, part := range r.split(lost) {
		part.ResourceLogs().RemoveIf(func(plog.ResourceLogs) bool { return true })
	}
	require.Equal(t, 1, lost.LogRecordCount(), "records without a destination are copies")
	for range r.split(plog.NewLogs()) {
		t.Error("nothing comes of nothing")
	}
}

// logsOf is one record of each tenant.
func logsOf(tenants ...string) plog.Logs {
	ld := plog.NewLogs()
	for _, id := range tenants {
		rl := ld.ResourceLogs().AppendEmpty()
		rl.Resource().Attributes().PutStr(record.TenantID, id)
		lr := rl.ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
		lr.Attributes().PutStr(record.UIDKey, "uid of "+id)
		lr.Body().SetStr("row")
	}
	return ld
}
