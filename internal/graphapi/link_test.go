package graphapi

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestANextLinkStaysWhereItIs(t *testing.T) {
	const origin = "https://graph.test:8443"
	base := origin + incidentsPath
	for _, tt := range []struct {
		name, link, want string // want "" = refused
	}{
		{"as the service gives it", base + "?$skip=50", base + "?$skip=50"},
		{"escaped stays escaped", base + "?%24skiptoken=a%2Bb%20c", base + "?%24skiptoken=a%2Bb%20c"},
		{"blanks are escaped", base + "?$filter=a ge b&$skip=50", base + "?$filter=a%20ge%20b&$skip=50"},
		{"another case", "HTTPS://Graph.TEST:8443/v1.0/Security/Incidents?$skip=50", base + "?$skip=50"},
		{"without query", base, base + "?"},
		{"a fragment is dropped", base + "?$skip=50#x", base + "?$skip=50"},
		{"another host", "https://evil.test:8443" + incidentsPath + "?$skip=50", ""},
		{"a host that begins alike", "https://graph.test:8443.evil.test" + incidentsPath, ""},
		{"another port", "https://graph.test" + incidentsPath, ""},
		{"another scheme", "http://graph.test:8443" + incidentsPath, ""},
		{"a user before another host", "https://graph.test:8443@evil.test" + incidentsPath, ""},
		{"a user before the host", "https://user:pass@graph.test:8443" + incidentsPath, ""},
		{"another collection", origin + alertsPath + "?$skip=50", ""},
		{"another resource altogether", origin + "/v1.0/users", ""},
		{"climbing out", base + "/../../users", ""},
		{"climbing out, escaped", base + "/%2e%2e/%2e%2e/users", ""},
		{"an escaped slash", origin + "/v1.0/security%2Fincidents", ""},
		{"relative", incidentsPath + "?$skip=50", ""},
		{"without scheme", "//graph.test:8443" + incidentsPath, ""},
		{"opaque", "https:graph.test", ""},
		{"a line break", base + "?a=\r\nHost: evil", ""},
		{"empty", "", ""},
		{"endless", base + "?" + strings.Repeat("x", linkCharsMax), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := checkLink(origin, incidentsPath, tt.link)
			if tt.want == "" {
				require.Error(t, err)
				require.NotContains(t, err.Error(), "evil", "the link stays out of the message")
				return
			}
			require.NoError(t, err)
			require.Equal(t, tt.want, got)
		})
	}
}

func FuzzANextLinkNeverLeaves(f *testing.F) {
	f.Add("https://graph.test/v1.0/security/incidents?$skip=50")
	f.Add("https://graph.test@evil.test/v1.0/security/incidents")
	f.Fuzz(func(t *testing.T, link string) {
		got, err := checkLink("https://graph.test", incidentsPath, link)
		if err == nil {
			require.True(t, strings.HasPrefix(got, "https://graph.test"+incidentsPath+"?"), got)
		}
	})
}
