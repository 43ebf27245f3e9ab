package polling

import (
	"fmt"
	"sync"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
)

// Health is the component's status made of its parts': recoverable error while
// none can be read, else OK. Safe for concurrent use.
type Health struct {
	mu      sync.Mutex
	host    component.Host
	part    string
	total   int
	failing map[string]bool
	down    bool
}

// NewHealth is of total parts, each called a part, as in `tenant`.
func NewHealth(host component.Host, part string, total int) *Health {
	return &Health{host: host, part: part, total: total, failing: map[string]bool{}}
}

// Set notes whether the part of that name can be read; err says why not.
func (h *Health) Set(name string, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err == nil {
		delete(h.failing, name)
	} else {
		h.failing[name] = true
	}
	down := len(h.failing) == h.total
	if down == h.down {
		return
	}
	h.down = down
	event := componentstatus.NewEvent(componentstatus.StatusOK)
	if down {
		event = componentstatus.NewRecoverableErrorEvent(fmt.Errorf("no %s can be read, the last one: %w", h.part, err))
	}
	componentstatus.ReportStatus(h.host, event)
}
