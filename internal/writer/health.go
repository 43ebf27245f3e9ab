package writer

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.uber.org/zap"
)

// Health says in plain words what a person has to look after: as the component's
// status, and once as a log line when it begins and when it ends. What heals by
// itself is not its business. Safe for concurrent use; bounded by lanes and
// topics.
type Health struct {
	log *zap.Logger

	mu      sync.Mutex
	host    component.Host // nil before Start
	trouble map[place]string
}

// place is one thing of one lane.
type place struct{ lane, topic string }

// NewHealth is in good health.
func NewHealth(log *zap.Logger) *Health { return &Health{log: log, trouble: map[place]string{}} }

// Start gives it a host to report to.
func (h *Health) Start(host component.Host) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.host = host
}

// Failed notes trouble in one sentence; "" is none that a person could mend. It
// is said once.
func (h *Health) Failed(lane, topic, sentence string, cause error) {
	if sentence == "" {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	at := place{lane, topic}
	if h.trouble[at] == sentence {
		return
	}
	h.trouble[at] = sentence
	h.log.Warn(sentence, zap.String("lane", lane), zap.NamedError("cause", cause))
	h.report(componentstatus.NewRecoverableErrorEvent(errors.New(sentence)))
}

// Well takes trouble back. The status is OK once nothing is in trouble, else it
// says what is left.
func (h *Health) Well(lane, topic string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	at := place{lane, topic}
	if _, ill := h.trouble[at]; !ill {
		return
	}
	delete(h.trouble, at)
	h.log.Info("mended", zap.String("lane", lane), zap.String("topic", topic))
	if len(h.trouble) == 0 {
		h.report(componentstatus.NewEvent(componentstatus.StatusOK))
		return
	}
	h.report(componentstatus.NewRecoverableErrorEvent(errors.New(strings.Join(slices.Sorted(maps.Values(h.trouble)), " "))))
}

func (h *Health) report(e *componentstatus.Event) {
	if h.host != nil {
		componentstatus.ReportStatus(h.host, e)
	}
}
