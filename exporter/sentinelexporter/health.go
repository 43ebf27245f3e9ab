package sentinelexporter

import (
	"errors"
	"fmt"
	"sync"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.uber.org/zap"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
)

// health says in plain words which streams a person has to look after: as the
// component's status, and once as a log line when it begins and ends. What
// heals by itself (throttling, a short outage) is not its business. Safe for
// concurrent use; bounded by destinations and streams.
type health struct {
	logger *zap.Logger

	mu      sync.Mutex
	host    component.Host // nil before Start
	trouble map[place]string
}

// place is one stream of one destination.
type place struct{ destination, stream string }

func newHealth(logger *zap.Logger) *health {
	return &health{logger: logger, trouble: map[place]string{}}
}

func (h *health) start(host component.Host) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.host = host
}

// failed notes an upload that did not succeed. Nothing is said when nobody
// has to act, or when it was said already.
func (h *health) failed(destination, rule, stream string, err error) {
	sentence := sentenceFor(rule, stream, err)
	if sentence == "" {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	at := place{destination, stream}
	if h.trouble[at] == sentence {
		return
	}
	h.trouble[at] = sentence
	h.logger.Warn(sentence, zap.String("destination", destination), zap.NamedError("cause", err))
	if h.host != nil {
		componentstatus.ReportStatus(h.host, componentstatus.NewRecoverableErrorEvent(errors.New(sentence)))
	}
}

// accepted notes that the stream is taken again. The status is OK once every
// stream is.
func (h *health) accepted(destination, stream string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	at := place{destination, stream}
	if _, ill := h.trouble[at]; !ill {
		return
	}
	delete(h.trouble, at)
	h.logger.Info("rows are accepted again", zap.String("destination", destination), zap.String("stream", stream))
	if len(h.trouble) == 0 && h.host != nil {
		componentstatus.ReportStatus(h.host, componentstatus.NewEvent(componentstatus.StatusOK))
	}
}

// sentenceFor says what is wrong and what to do; "" when nobody has to act.
func sentenceFor(rule, stream string, err error) string {
	remedy := azure.Remedy(err)
	switch class := azure.ClassOf(err); class {
	case azure.ClassThrottled, azure.ClassSplit, azure.ClassConflictETag:
		return ""
	case azure.ClassRetryable:
		if remedy == "" {
			return ""
		}
		return fmt.Sprintf("rows of %s do not reach %s and wait in the queue. %s", stream, rule, remedy)
	case azure.ClassMisconfigured:
		return fmt.Sprintf("rows of %s are not taken by %s and wait, since Azure may still be applying a change. %s", stream, rule, remedy)
	case azure.ClassPermanent:
		return fmt.Sprintf("rows of %s are refused by %s for good. %s", stream, rule, remedy)
	default:
		return ""
	}
}
