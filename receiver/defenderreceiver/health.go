package defenderreceiver

import (
	"fmt"
	"sync"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
)

// health is the component's status made of its tenants': recoverable error
// while none can be read, else OK. Safe for concurrent use.
type health struct {
	mu      sync.Mutex
	host    component.Host
	total   int
	failing map[string]bool
	down    bool
}

func newHealth(host component.Host, total int) *health {
	return &health{host: host, total: total, failing: map[string]bool{}}
}

// set notes whether a tenant can be read; err says why not.
func (h *health) set(tenant string, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err == nil {
		delete(h.failing, tenant)
	} else {
		h.failing[tenant] = true
	}
	down := len(h.failing) == h.total
	if down == h.down {
		return
	}
	h.down = down
	event := componentstatus.NewEvent(componentstatus.StatusOK)
	if down {
		event = componentstatus.NewRecoverableErrorEvent(fmt.Errorf("no tenant can be read, the last one: %w", err))
	}
	componentstatus.ReportStatus(h.host, event)
}
