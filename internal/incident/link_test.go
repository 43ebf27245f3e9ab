package incident_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
)

const tenant = "00000000-0000-4000-8000-000000000001"

func TestNamesAreTheUUIDv5OfEveryOtherLibrary(t *testing.T) {
	link := incident.Link{Cloud: "public", TenantID: tenant, IncidentID: "4711"}
	require.Equal(t, "0766a9f9-95ba-51ba-ae2f-3f8618a380b5", link.SentinelName(), "Python: uuid5(namespace, '8:incident6:public36:…4:4711')")
	require.True(t, incident.IsDerived(link.SentinelName()))
	link.Cloud = "usgov"
	require.Equal(t, "043664dc-a275-550b-ab3b-8c0f72c94a43", link.SentinelName())
	require.NotEqual(t, incident.Link{Cloud: "a", TenantID: "bc"}.SentinelName(), incident.Link{Cloud: "ab", TenantID: "c"}.SentinelName())
	require.False(t, incident.IsDerived(tenant), "drawn, not derived")
	require.False(t, incident.IsDerived(""))
}

func TestLabelsClaim(t *testing.T) {
	link := incident.Link{Cloud: "public", TenantID: tenant, IncidentID: "4711"}
	claimed, is := incident.ClaimedLink("public", []string{"vip", link.Label(), "other"})
	require.True(t, is)
	require.Equal(t, link, claimed)
	require.True(t, incident.IsOwnLabel(link.Label()))
	require.True(t, incident.IsOwnLabel("redirected"))
	require.False(t, incident.IsOwnLabel("Defenders of the realm"))
	for _, label := range []string{"defender:4711", "defender:@" + tenant, "defender:4711@", "4711@" + tenant, "", "xdefender:4711@" + tenant} {
		_, is := incident.ClaimedLink("public", []string{label})
		require.False(t, is, label)
	}
}
