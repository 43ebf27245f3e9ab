package collectortest

import (
	"sync"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
)

// Host has extensions and takes status events. Safe for concurrent use once
// Extensions is set.
type Host struct {
	Extensions map[component.ID]component.Component
	mu         sync.Mutex
	events     []*componentstatus.Event
}

// GetExtensions are Extensions.
func (h *Host) GetExtensions() map[component.ID]component.Component { return h.Extensions }

// Report takes a status event.
func (h *Host) Report(e *componentstatus.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.events = append(h.events, e)
}

// Status is the last status reported.
func (h *Host) Status() componentstatus.Status {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.events) == 0 {
		return componentstatus.StatusNone
	}
	return h.events[len(h.events)-1].Status()
}

// StatusError is the error of the last status reported.
func (h *Host) StatusError() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.events) == 0 {
		return nil
	}
	return h.events[len(h.events)-1].Err()
}
