package sentinelapi

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
)

func TestANextLinkStaysWhereItIs(t *testing.T) {
	path := root + "/incidents"
	base := origin + path
	for _, tt := range []struct {
		name, link, want string // want "" = refused
	}{
		{"as it should be", base + "?a=1&%24skipToken=b%2Bc%20d%3D", base + "?a=1&%24skipToken=b%2Bc%20d%3D"},
		{"a plus among escapes stands for a blank", base + "?a=b+c", base + "?a=b+c"},
		{
			"bare blanks and quotes", base + "?$filter=properties/status eq 'New' and x&$skipToken=ab+c/d==",
			base + "?$filter=properties/status%20eq%20%27New%27%20and%20x&$skipToken=ab%2Bc/d==",
		},
		{"bare, with escapes where they had to be", base + "?$filter=a b&$skipToken=x%26y", base + "?$filter=a%20b&$skipToken=x%26y"},
		{"a percent sign that escapes nothing", base + "?a=100%&b=%zz", base + "?a=100%25&b=%25zz"},
		{"letters of the world", base + "?a=é", base + "?a=%C3%A9"},
		{"brackets, pipes, control characters", base + "?a=[|]\r\nHost: evil", base + "?a=%5B%7C%5D%0D%0AHost:%20evil"},
		{"another case", strings.ToUpper(base) + "?A=1", base + "?A=1"},
		{"without query", base, base + "?"},
		{"a fragment is dropped", base + "?a=1#x", base + "?a=1"},
		{"another host", "https://evil.test" + path + "?a=1", ""},
		{"a host that begins alike", origin + ".evil.test" + path, ""},
		{"another port", "https://cloud.test:8443" + path, ""},
		{"another scheme", "http://cloud.test" + path, ""},
		{"a user before another host", origin + "@evil.test" + path, ""},
		{"another workspace", strings.Replace(base, "workspaces/soc", "workspaces/evil", 1), ""},
		{"another collection", origin + root + "/alertRules", ""},
		{"climbing out", base + "/../alertRules", ""},
		{"an escaped slash", origin + strings.Replace(path, "/incidents", "%2Fincidents", 1), ""},
		{"relative", path + "?a=1", ""},
		{"empty", "", ""},
		{"endless", base + "?" + strings.Repeat("x", linkCharsMax), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := checkLink(origin, path, tt.link)
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

func TestAForeignLinkIsRefusedUnsent(t *testing.T) {
	c, _ := clients(t, nil, func(*http.Request) (*http.Response, error) {
		t.Error("a request left")
		return nil, errors.New("no")
	})
	for operation, send := range map[string]func(link string) (Answer, error){
		"list incidents":  func(link string) (Answer, error) { return c.NextIncidents(t.Context(), link) },
		"list comments":   func(link string) (Answer, error) { return c.NextComments(t.Context(), name, link) },
		"list relations":  func(link string) (Answer, error) { return c.NextRelations(t.Context(), name, link) },
		"list connectors": func(link string) (Answer, error) { return c.NextConnectors(t.Context(), link) },
	} {
		for _, link := range []string{"https://evil.test" + root + "/incidents", origin + root + "/evil"} {
			_, err := send(link)
			var e *azure.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, azure.ReasonForeignHost, e.Reason)
			require.Equal(t, azure.ClassPermanent, e.Class)
			require.Equal(t, operation, e.Operation)
			require.NotContains(t, err.Error(), "evil")
		}
	}
}

func FuzzANextLinkNeverLeaves(f *testing.F) {
	f.Add("https://cloud.test/subscriptions/s?$skipToken=a b")
	f.Add("https://cloud.test@evil.test/subscriptions/s?%zz")
	f.Fuzz(func(t *testing.T, link string) {
		got, err := checkLink("https://cloud.test", "/subscriptions/s", link)
		if err != nil {
			return
		}
		require.True(t, strings.HasPrefix(got, "https://cloud.test/subscriptions/s?"), got)
		u, err := url.Parse(got)
		require.NoError(t, err)
		require.Equal(t, "cloud.test", u.Host)
		again, err := checkLink("https://cloud.test", "/subscriptions/s", got)
		require.NoError(t, err)
		require.Equal(t, got, again, "what is escaped stays so")
	})
}
