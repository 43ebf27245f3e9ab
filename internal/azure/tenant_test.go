package azure_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
)

func TestATenantIsCalledByItsNameAndKeyedByItsID(t *testing.T) {
	const id = "00000000-0000-4000-8000-0000000000C0"
	named := azure.TenantConfig{TenantID: id, Name: "contoso"}
	require.Equal(t, "contoso", named.Label())
	require.Equal(t, "00000000-0000-4000-8000-0000000000c0", named.ID())
	require.Equal(t, id, azure.TenantConfig{TenantID: id}.Label())
	require.NoError(t, errors.Join(azure.ValidateTenants([]azure.TenantConfig{named})...))
}

func TestEveryFaultOfTenantsIsReported(t *testing.T) {
	const a, b = "00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000b"
	require.EqualError(t, errors.Join(azure.ValidateTenants(nil)...), `"tenants" must not be empty`)
	require.EqualError(t, errors.Join(azure.ValidateTenants([]azure.TenantConfig{
		{TenantID: "contoso.com"},
		{TenantID: a, Name: b},
		{TenantID: a, Name: "x"},
		{TenantID: b, Name: "x"},
		{TenantID: "{" + b + "}", Name: "two\nlines"},
	})...), `"tenants::0::tenant_id" must be a GUID, got "contoso.com"
"tenants::1::name" must not look like a tenant id, got "00000000-0000-4000-8000-00000000000b"
"tenants::2::tenant_id" must not come twice, got "00000000-0000-4000-8000-00000000000a"
"tenants::3::name" must not come twice, got "x"
"tenants::4::tenant_id" must be a GUID, got "{00000000-0000-4000-8000-00000000000b}"
"tenants::4::name" must be printable and at most 128 bytes long, got "two\nlines"`)
}
