package sentinel

import (
	"net/url"
	"strings"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// Connector is a data connector of a workspace.
type Connector struct {
	// Kind is the connector's kind, MicrosoftThreatProtection for Defender XDR.
	Kind string
	// TenantID is the tenant that it brings data of, in lower case.
	TenantID string
	// Incidents says that it brings incidents.
	Incidents bool
}

// BringsDefender reports whether the connector brings Defender XDR's incidents.
func (c Connector) BringsDefender() bool {
	return strings.EqualFold(c.Kind, "MicrosoftThreatProtection") && c.Incidents
}

// ReadConnectors reads one page of a workspace's connectors. Kinds differ in
// what they hold; what is not there is empty. Errors as ReadComments.
//
// Source: Microsoft.SecurityInsights 2025-09-01, list data connectors, read
// 2026-11.
func ReadConnectors(text []byte) (page []Connector, nextLink string, err error) {
	nextLink, err = list(text, func(f record.Fields) {
		for _, e := range elements(f) {
			p := e.Loose().Object("properties")
			page = append(page, Connector{
				Kind:      e.Word("kind"),
				TenantID:  strings.ToLower(p.Word("tenantId")),
				Incidents: strings.EqualFold(p.Object("dataTypes").Object("incidents").Word("state"), "enabled"),
			})
		}
	})
	if err != nil {
		return nil, "", err
	}
	return page, nextLink, nil
}

// DefenderTenant is the tenant whose Defender incident Microsoft's own sync
// brought, in lower case; "" where the incident does not say.
func DefenderTenant(s incident.Snapshot) string {
	for _, page := range []string{s.ProviderURL, s.URL} {
		if u, err := url.Parse(page); err == nil {
			if tenant := u.Query().Get("tid"); tenant != "" {
				return strings.ToLower(tenant)
			}
		}
	}
	return ""
}

// IsFromDefender reports whether an incident was brought by Microsoft's own sync
// with Defender XDR: by its connector, or because the workspace is onboarded to
// the Defender portal.
// Source: Microsoft, transition to the Defender portal, read 2026-11.
func IsFromDefender(s incident.Snapshot) bool {
	return strings.EqualFold(s.ProviderName, "Microsoft XDR") || strings.EqualFold(s.ProviderName, "Microsoft 365 Defender")
}
