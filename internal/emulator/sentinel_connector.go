package emulator

import (
	"net/http"
	"strings"
)

// connector is a data connector of a workspace.
type connector struct{ name, etag, tenant string }

// resource is Microsoft's own connector, the only kind there is here.
func (c connector) resource(w *workspace) armResource {
	return armResource{
		ID: w.insights() + "/dataConnectors/" + c.name, Name: c.name, Etag: `"` + c.etag + `"`,
		Type: "Microsoft.SecurityInsights/dataConnectors", Kind: "MicrosoftThreatProtection",
		Properties: plainJSON(map[string]any{
			"tenantId": c.tenant,
			"dataTypes": map[string]any{
				"incidents": map[string]string{"state": "Enabled"}, "alerts": map[string]string{"state": "Enabled"},
			},
			"filteredProviders": map[string]any{"alerts": []string{}},
		}),
	}
}

// connectorsOf are the connectors a workspace has from the start: one where
// Microsoft's own brings incidents, which onboarding sets up by itself.
func connectorsOf(w Workspace) []connector {
	if w.State == WorkspaceStandalone {
		return nil
	}
	key := lower(w.ResourceID)
	return []connector{{guidOf(0, 17, key), guidOf(0, 19, key), w.TenantID}}
}

// connectors serves the data connectors: names is empty or names one.
func (e *Emulator) connectors(x *exchange, w *workspace, names []string) {
	e.mu.Lock()
	var found []armResource
	kept := w.connected[:0:0]
	for _, c := range w.connected {
		if len(names) == 0 || strings.EqualFold(c.name, names[0]) {
			found = append(found, c.resource(w))
		} else {
			kept = append(kept, c)
		}
	}
	if x.op == opDeleteConnector {
		w.connected = kept
	}
	e.mu.Unlock()
	switch {
	case x.op == opDeleteConnector && len(found) > 0:
		x.armEmpty(http.StatusOK)
	case x.op == opDeleteConnector:
		x.armEmpty(http.StatusNoContent)
	case len(names) == 0:
		e.listSmall(x, found)
	case len(found) == 0:
		x.noResource(names[0])
	default:
		x.armJSON(http.StatusOK, plainJSON(found[0]))
	}
}
