package sentinelincidentexporter

import (
	"errors"
	"fmt"
	"sync"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.uber.org/zap"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/sentinel"
)

// What may be in trouble of a workspace.
const (
	topicWrite    = "write"
	topicAlerts   = "alerts"
	topicLedger   = "ledger"
	topicExisting = "existing sync of " // and the tenant
)

// health says in plain words what a person has to look after: as the
// component's status, and once as a log line when it begins and ends. What
// heals by itself is not its business. Safe for concurrent use; bounded by
// workspaces and tenants.
type health struct {
	logger *zap.Logger

	mu      sync.Mutex
	host    component.Host // nil before Start
	trouble map[place]string
	remarks map[place]string
}

// place is one thing of one workspace.
type place struct{ workspace, topic string }

func newHealth(logger *zap.Logger) *health {
	return &health{logger: logger, trouble: map[place]string{}, remarks: map[place]string{}}
}

func (h *health) start(host component.Host) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.host = host
}

// failed notes trouble in one sentence; "" is none that a person could mend. It
// is said once.
func (h *health) failed(workspace, topic, sentence string, cause error) {
	if sentence == "" {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	at := place{workspace, topic}
	if h.trouble[at] == sentence {
		return
	}
	h.trouble[at] = sentence
	h.logger.Warn(sentence, zap.String("workspace", workspace), zap.NamedError("cause", cause))
	h.report(componentstatus.NewRecoverableErrorEvent(errors.New(sentence)))
}

// remark says something once that is as the user wants it.
func (h *health) remark(workspace, topic, sentence string) {
	h.well(workspace, topic)
	h.mu.Lock()
	defer h.mu.Unlock()
	at := place{workspace, topic}
	if h.remarks[at] == sentence {
		return
	}
	h.remarks[at] = sentence
	h.logger.Info(sentence, zap.String("workspace", workspace))
}

// well takes trouble back. The status is OK once nothing is in trouble, else
// what is left.
func (h *health) well(workspace, topic string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	at := place{workspace, topic}
	if _, ill := h.trouble[at]; !ill {
		return
	}
	delete(h.trouble, at)
	h.logger.Info("mended", zap.String("workspace", workspace), zap.String("topic", topic))
	for _, sentence := range h.trouble {
		h.report(componentstatus.NewRecoverableErrorEvent(errors.New(sentence)))
		return
	}
	h.report(componentstatus.NewEvent(componentstatus.StatusOK))
}

func (h *health) report(e *componentstatus.Event) {
	if h.host != nil {
		componentstatus.ReportStatus(h.host, e)
	}
}

// sentenceFor says why a workspace's incidents are not written and what to do;
// "" when nobody has to act.
func sentenceFor(w sentinel.Workspace, err error) string {
	remedy := azure.Remedy(err)
	if remedy == "" {
		return ""
	}
	return fmt.Sprintf("incidents of workspace %s are not written and wait. %s", w.Name, remedy)
}

// ledgerSentence says why nothing can be saved.
func ledgerSentence(id component.ID, err error) string {
	if errors.Is(err, ledger.ErrClosed) {
		return fmt.Sprintf("the ledger %s is not held by this collector any more, so nothing is written; "+
			"give every collector a ledger with a storage of its own, and restart this one", id)
	}
	return fmt.Sprintf("the ledger %s cannot save, so nothing is written; look after the storage that it names", id)
}
