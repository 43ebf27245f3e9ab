package emulator_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

func TestSentinelServesManyAtOnce(t *testing.T) {
	l := newLab(t, emulator.Settings{LooseARMLimits: true, Now: time.Now, RuleDelay: time.Nanosecond})
	for _, scope := range []string{armScope, laScope, logsScope} {
		l.token(emulator.DefaultWorkspaceTenant, scope)
	}
	l.token(emulator.DefaultTenant, logsScope)
	var wait sync.WaitGroup
	for n := range 4 {
		wait.Go(func() {
			for i := range 30 {
				name := fmt.Sprint("i", i%5)
				l.arm(http.MethodPut, sentinels+"/"+name, putText(l.etagOf(name), "A", ""))
				l.arm(http.MethodPut, fmt.Sprint(sentinels, "/", name, "/comments/", n), message("x"))
				l.arm(http.MethodGet, sentinels, "")
				l.alertRow(emulator.DefaultTenant, "1", fmt.Sprint("a", n, i), "")
				l.relate(name, "rel-1", l.query(emulator.DefaultTenant, fmt.Sprint("a", n, i))[0][0])
				l.arm(http.MethodPost, sentinels+"/"+name+"/entities", "")
				l.person(name, `{"comment":"x"}`)
				l.control(http.MethodGet, "/control/sentinel/incidents", "")
				l.e.Summary()
				state := []emulator.WorkspaceState{emulator.WorkspaceStandalone, emulator.WorkspaceConnected}[i%2]
				if err := l.e.PutWorkspaces(emulator.Workspace{ResourceID: emulator.DefaultWorkspace, State: state}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	l.equal("all there", len(l.listSentinel().Value), 5)
}

// etagOf is the present etag, "" when there is no such incident.
func (l *lab) etagOf(name string) string {
	l.Helper()
	a := l.arm(http.MethodGet, sentinels+"/"+name, "")
	if a.status != http.StatusOK {
		return ""
	}
	return l.sentinel(a).Etag
}
