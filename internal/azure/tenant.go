package azure

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/google/uuid"
)

// nameBytesMax bounds a tenant's name, which becomes an attribute of every
// record and metric.
const nameBytesMax = 128

// TenantConfig is one tenant of a component that serves many.
type TenantConfig struct {
	// TenantID is the Entra tenant, a GUID. Required.
	TenantID string `mapstructure:"tenant_id"`
	// Name is the user's own word for the tenant: it goes into
	// microsoft.tenant.name, logs and metrics, routes rows, and stands for the
	// tenant in `links`. Default none.
	Name string `mapstructure:"name"`
	// Credential replaces the component's for this tenant.
	Credential CredentialConfig `mapstructure:"credential"`
}

// ID is the tenant's id in the one spelling that keys and records use.
func (t TenantConfig) ID() string { return strings.ToLower(t.TenantID) }

// Label is how the tenant is called in logs and metrics.
func (t TenantConfig) Label() string {
	if t.Name != "" {
		return t.Name
	}
	return t.TenantID
}

// ValidateTenants reports every fault of a component's `tenants`: none at all,
// ids that are none, names that could be taken for an id, and either given
// twice.
func ValidateTenants(tenants []TenantConfig) []error {
	if len(tenants) == 0 {
		return []error{errors.New(`"tenants" must not be empty`)}
	}
	var errs []error
	ids, names := map[string]bool{}, map[string]bool{}
	for i, t := range tenants {
		key := fmt.Sprintf("tenants::%d", i)
		switch {
		case !isGUID(t.ID()):
			errs = append(errs, fmt.Errorf(`"%s::tenant_id" must be a GUID, got %q`, key, t.TenantID))
		case ids[t.ID()]:
			errs = append(errs, fmt.Errorf(`"%s::tenant_id" must not come twice, got %q`, key, t.TenantID))
		}
		ids[t.ID()] = true
		if t.Name == "" {
			continue
		}
		switch {
		case uuid.Validate(t.Name) == nil: // in any form, with braces or without hyphens
			errs = append(errs, fmt.Errorf(`"%s::name" must not look like a tenant id, got %q`, key, t.Name))
		case len(t.Name) > nameBytesMax || strings.ContainsFunc(t.Name, func(r rune) bool { return !unicode.IsPrint(r) }):
			errs = append(errs, fmt.Errorf(`"%s::name" must be printable and at most %d bytes long, got %q`, key, nameBytesMax, t.Name))
		case names[t.Name]:
			errs = append(errs, fmt.Errorf(`"%s::name" must not come twice, got %q`, key, t.Name))
		}
		names[t.Name] = true
	}
	return errs
}

// isGUID accepts the one form that Entra shows: 36 characters with hyphens.
func isGUID(s string) bool {
	_, err := uuid.Parse(s)
	return err == nil && len(s) == 36
}
