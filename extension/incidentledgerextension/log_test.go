package incidentledgerextension

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap/zapcore"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
)

// conflicted lets both sides of incident 1 be edited differently in every field,
// and Sentinel's side be written.
func conflicted(t *testing.T, l *ledger.Ledger) {
	t.Helper()
	l.NameTenant("contoso", link("1").TenantID)
	observe(t, l, link("1"), values(), time.Now())
	write(t, l, same)
	time.Sleep(time.Minute)
	edited := incident.Values{"resolved", "falsePositive/other", "jim@contoso.com", "low", "red\x1ftier2", "Benign test on host-8", "Nobody did anything."}
	observe(t, l, link("1"), edited, time.Now())
	write(t, l, func(v incident.Values) incident.Values {
		v[incident.FieldStatus], v[incident.FieldOwner] = "Active", "june@contoso.com"
		v[incident.FieldTitle] = "Mine now: host-9"
		return v
	})
}

// TestTheLogTellsEveryDecisionButNoNames: one debug record a decision, with both
// sides' values, the base, the rule, the result and when; people's names, titles
// and descriptions only as marks.
func TestTheLogTellsEveryDecisionButNoNames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, `conflict: defender`, nil)
		l := r.start(t)
		conflicted(t, l)
		records := r.logs.FilterMessage("decision").All()
		e, err := l.Find(t.Context(), ledger.IDOf(link("1"), workspace))
		require.NoError(t, err)
		require.Len(t, records, len(e.Decisions), "each decision once")
		byField := map[string]map[string]any{}
		for i, record := range records {
			require.Equal(t, zapcore.DebugLevel, record.Level)
			c := record.ContextMap()
			require.Equal(t, e.Decisions[i].Field, c["field"])
			require.Equal(t, e.Decisions[i].Rule, c["rule"])
			require.Equal(t, string(e.Decisions[i].Result), c["result"])
			require.Equal(t, e.Decisions[i].At, c["at"])
			require.Equal(t, "1", c["incident"])
			require.Equal(t, link("1").TenantID, c["tenant"])
			require.Equal(t, workspace, c["workspace"])
			byField[c["field"].(string)] = c
		}
		status := byField["status"]
		require.Equal(t, "resolved", status["defender"])
		require.Equal(t, "Active", status["sentinel"])
		require.Equal(t, "active", status["base_defender"])
		require.Equal(t, "New", status["base_sentinel"])
		require.Equal(t, "conflict", status["rule"])
		require.Equal(t, "defender", status["winner"])
		require.Equal(t, "sentinel", status["side"])
		require.Equal(t, "Closed", status["value"])
		require.Equal(t, "written", status["result"])

		require.Equal(t, "red, tier2", byField["tags"]["value"])

		owner := byField["owner"]
		require.Regexp(t, `^\(15 characters, [0-9a-f]{8}\)$`, owner["defender"])
		require.Equal(t, owner["defender"], owner["value"], "equal values have equal marks")
		require.NotEqual(t, owner["defender"], owner["sentinel"])

		r.stop(t)
		for _, entry := range r.logs.All() {
			document, err := json.Marshal(entry.ContextMap())
			require.NoError(t, err)
			for _, secret := range []string{"jane", "jim", "june", "host-", "Ransomware", "Benign", "Mine now", "encrypted", "Nobody"} {
				require.NotContains(t, strings.ToLower(entry.Message+string(document)), strings.ToLower(secret))
			}
		}
	})
}

// TestMarksMeanNothingElsewhere: nobody can find a name by trying names.
func TestMarksMeanNothingElsewhere(t *testing.T) {
	one, other := newDecisionLog(nil), newDecisionLog(nil)
	mark := one.shown("owner", "jane@contoso.com")
	require.Equal(t, mark, one.shown("title", "jane@contoso.com"))
	require.NotEqual(t, one.shown("owner", "jane@contoso.com"), other.shown("owner", "jane@contoso.com"))
	require.Empty(t, one.shown("owner", ""), "that nobody owns it is no secret")
}

func TestARefusedClaimIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, `{}`, nil)
		l := r.start(t)
		require.NoError(t, l.Refuse(t.Context(), workspace, "forged", link("1"), "the name is not derived"))
		c := r.logs.FilterMessage("decision").All()[0].ContextMap()
		require.Equal(t, "link", c["field"])
		require.Equal(t, "trust", c["rule"])
		require.Equal(t, "refused", c["result"])
		require.Equal(t, "the name is not derived", c["reason"])
		require.Equal(t, map[string]float64{"field=link,result=refused,rule=trust,side=,tenant=": 1}, r.points(t, "decisions"), "whoever forges cannot make metrics")
		r.stop(t)
	})
}
