package sentinelincidentexporter

import (
	"fmt"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/sentinel"
)

// What may be in trouble of a workspace, for writer.Health.
const (
	topicRead     = "read"
	topicWrite    = "write"
	topicAlerts   = "alerts"
	topicLedger   = "ledger"
	topicExisting = "existing sync of " // and the tenant
)

// sentenceFor says why a workspace's incidents are not written and what to do;
// "" when nobody has to act.
func sentenceFor(w sentinel.Workspace, err error) string {
	remedy := azure.Remedy(err)
	if remedy == "" {
		return ""
	}
	return fmt.Sprintf("incidents of workspace %s are not written and wait. %s", w.Name, remedy)
}
