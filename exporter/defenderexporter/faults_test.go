package defenderexporter

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componentstatus"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/reconcile"
)

// The operations of Graph that the exporter uses.
var operations = []string{"get_incident", "patch_incident", "comment_incident"}

// mishaps are all that may happen to a request, and heal.
func mishaps() map[string]emulator.Fault {
	all := map[string]emulator.Fault{
		"cut before an answer":  {Kind: emulator.FaultCut},
		"cut within an answer":  {Kind: emulator.FaultCut, Bytes: 60},
		"answer lost":           {Kind: emulator.FaultLostAnswer},
		"slower than patience":  {Kind: emulator.FaultSlow, Delay: emulator.Duration(3 * time.Minute)},
		"429 with seconds":      {Kind: emulator.FaultStatus, Status: 429, RetryAfter: "90"},
		"429 with a date":       {Kind: emulator.FaultStatus, Status: 429, RetryAfter: "date:90"},
		"503 with seconds":      {Kind: emulator.FaultStatus, Status: 503, RetryAfter: "90"},
		"500 without a word":    {Kind: emulator.FaultStatus, Status: 500, Body: "empty"},
		"500 of a proxy":        {Kind: emulator.FaultStatus, Status: 500, Body: "html"},
		"403 without its roles": {Kind: emulator.FaultWithdrawRoles},
	}
	for _, status := range []int{401, 403, 404, 408, 409, 412, 425, 429, 500, 502, 503, 504, 507, 599} {
		all[fmt.Sprint(status)] = emulator.Fault{Kind: emulator.FaultStatus, Status: status}
	}
	return all
}

func TestEveryMishapAtEveryStepHeals(t *testing.T) {
	for name, fault := range mishaps() {
		for _, operation := range operations {
			t.Run(name+" of "+operation, func(t *testing.T) {
				inLab(t, emulator.Settings{}, func(t *testing.T, l *lab) {
					twin := l.pair("1", nil)
					fault.Operation, fault.Count = operation, 1
					l.faults(fault)
					twin.comment("only once").edit(incident.FieldStatus, "Active").edit(incident.FieldOwner, "jane@provider.test").deliver()
					l.run(time.Hour)
					twin.agrees()
					require.Equal(t, 1, l.said("1", "only once"))
					require.Equal(t, 1, l.effective(emulator.WriteIncident), l.String())
					require.Equal(t, 1, l.effective(emulator.WriteComment), l.String())
					require.Empty(t, l.entry("1").Parks)
					require.Equal(t, 1, l.emulator.FaultState().Played[0], "it was played")
					status := l.host.Status()
					require.NotEqual(t, componentstatus.StatusRecoverableError, status, "it has healed")
				})
			})
		}
	}
}

func TestMishapsThatGoOnForAWhileHeal(t *testing.T) {
	for name, fault := range mishaps() {
		if name == "404" {
			continue // an incident that stays away is gone
		}
		t.Run(name, func(t *testing.T) {
			inLab(t, emulator.Settings{}, func(t *testing.T, l *lab) {
				twin := l.pair("1", nil)
				fault.Service = "graph"
				l.faults(fault)
				twin.comment("only once").edit(incident.FieldStatus, "Active").deliver()
				l.run(20 * time.Minute)
				l.faults()
				l.run(time.Hour)
				twin.agrees()
				require.Equal(t, 1, l.effective(emulator.WriteIncident), l.String())
				require.Equal(t, 1, l.said("1", "only once"))
				require.Less(t, len(l.emulator.Requests(0)), 120, "with back-off")
			})
		})
	}
}

// effective counts our writes of a kind, and requires that each changed
// something.
func (l *lab) effective(kind emulator.WriteKind) int {
	l.t.Helper()
	n := 0
	for _, w := range l.writes() {
		if w.Kind == kind {
			n++
			if kind == emulator.WriteIncident {
				require.NotEmpty(l.t, w.Changed, "written twice")
			}
		}
	}
	return n
}

func TestWhatIsRefusedForGoodIsParkedByFieldAndTriedAfterAChange(t *testing.T) {
	inLab(t, emulator.Settings{}, func(t *testing.T, l *lab) {
		twin := l.pair("1", nil)
		// An owner longer than Graph takes: refused, however often.
		l.wire.listen(refuse("assignedTo"), nil)
		twin.edit(incident.FieldStatus, "Active").edit(incident.FieldOwner, "jane@provider.test").edit(incident.FieldSeverity, "Low").deliver()
		l.run(time.Hour)
		require.Equal(t, incident.DefenderInProgress, l.value("1", incident.FieldStatus), "the others go on")
		require.Equal(t, incident.Value("low"), l.value("1", incident.FieldSeverity))
		require.Empty(t, l.value("1", incident.FieldOwner))
		parks := l.entry("1").Parks
		require.Len(t, parks, 1)
		require.Equal(t, "owner", parks[0].What)
		require.Contains(t, parks[0].Reason, "400")
		require.NotContains(t, parks[0].Reason, "jane")
		require.Len(t, l.wire.sent, 4, "together, then each alone")

		l.wire.listen(nil, nil)
		l.run(24 * time.Hour)
		require.Len(t, l.wire.sent, 4, "nothing has changed")
		twin.edit(incident.FieldOwner, "joe@provider.test").deliver()
		l.run(time.Second)
		twin.agrees()
	})
}

func TestWhatCannotBeSaidToGraphIsParkedUnsent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, emulator.Settings{})
		l.settings.Policy[incident.FieldTitle] = reconcile.FieldPolicy{Direction: reconcile.DirectionBoth, Conflict: reconcile.ConflictLatest}
		l.start()
		twin := l.pair("1", nil)
		twin.edit(incident.FieldTitle, "").deliver()
		l.run(time.Hour)
		require.Empty(t, l.wire.sent)
		require.Len(t, l.entry("1").Parks, 1)
		require.Contains(t, l.entry("1").Parks[0].Reason, "displayName must not be empty")
		twin.edit(incident.FieldTitle, "a better title").deliver()
		l.run(time.Second)
		require.Equal(t, incident.Value("a better title"), l.value("1", incident.FieldTitle))
	})
}

func TestAnotherPagesAnswerIsNoAnswer(t *testing.T) {
	for _, status := range []int{200, 302} {
		for _, method := range []string{http.MethodGet, http.MethodPatch, http.MethodPost} {
			t.Run(fmt.Sprint(method, status), func(t *testing.T) {
				inLab(t, emulator.Settings{}, func(t *testing.T, l *lab) {
					twin := l.pair("1", nil)
					pages := 0
					l.wire.listen(func(r *http.Request, _ string) (*http.Response, error) {
						if r.Method != method || !strings.Contains(r.URL.Path, "/incidents/") || pages > 3 {
							return nil, nil
						}
						pages++
						return page(r, status, "text/html", "<html>sign in"), nil
					}, nil)
					twin.comment("only once").edit(incident.FieldStatus, "Active").deliver()
					l.run(time.Hour)
					twin.agrees()
					require.Equal(t, 4, pages)
					require.Equal(t, 1, l.said("1", "only once"))
					require.Equal(t, 1, l.effective(emulator.WriteIncident))
				})
			})
		}
	}
}

// refuse answers 400 to a PATCH that has a member.
func refuse(member string) hearing {
	return func(r *http.Request, body string) (*http.Response, error) {
		if r.Method == http.MethodPatch && strings.Contains(body, `"`+member+`"`) {
			return page(r, http.StatusBadRequest, "application/json", `{"error":{"code":"InvalidRequestBody","message":"jane@provider.test is nobody"}}`), nil
		}
		return nil, nil
	}
}

func page(r *http.Request, status int, kind, text string) *http.Response {
	return &http.Response{
		StatusCode: status, Header: http.Header{"Content-Type": {kind}}, Body: io.NopCloser(strings.NewReader(text)), Request: r,
	}
}
