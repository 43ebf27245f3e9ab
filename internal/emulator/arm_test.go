package emulator_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

func TestARMChecksTheTokenFirst(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	ask := func(token string) answer {
		header := http.Header{}
		if token != "" {
			header.Set("Authorization", "Bearer "+token)
		}
		return l.do(l.e.Handler(), http.MethodGet, sentinels+"?"+version, header, nil)
	}
	l.refused("none", ask(""), 401, "AuthenticationFailed", "missing")
	l.refused("forged", ask("a.b.c"), 401, "InvalidAuthenticationToken", "invalid")
	l.refused("Graph's", ask(l.token(emulator.DefaultWorkspaceTenant, graphScope)), 401, "InvalidAuthenticationTokenAudience", "audience")
	a := ask(l.token(emulator.DefaultTenant, armScope))
	l.refused("another tenant's", a, 401, "InvalidAuthenticationTokenTenant", emulator.DefaultWorkspaceTenant)
	l.contains("challenge", a.header.Get("WWW-Authenticate"), `authorization_uri="`+base+"/"+emulator.DefaultWorkspaceTenant+`"`, `error="invalid_token"`)
	for _, scope := range []string{
		armScope, "https://management.core.windows.net//.default", "https://management.usgovcloudapi.net/.default",
		"https://management.chinacloudapi.cn/.default", base + "/.default",
	} {
		l.equal(scope, ask(l.token(emulator.DefaultWorkspaceTenant, scope)).status, 200)
	}
	l.faults(emulator.Fault{Kind: emulator.FaultExpireTokens, Service: "arm"})
	l.refused("expired", ask(l.token(emulator.DefaultWorkspaceTenant, armScope)), 401, "ExpiredAuthenticationToken", "expired")
	l.refused("an ARM token at Graph", l.do(l.e.Handler(), http.MethodGet, incidents, http.Header{"Authorization": {"Bearer " + l.token(emulator.DefaultWorkspaceTenant, armScope)}}, nil),
		401, "InvalidAuthenticationToken", "audience")
}

func TestARMRefusesWhatIsNotThere(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	other := strings.Replace(sentinels, "/soc/providers/Microsoft.S", "/elsewhere/providers/Microsoft.S", 1)
	for what, c := range map[string]struct {
		method, path, code, message string
		status                      int
	}{
		"another workspace":     {"GET", other, "ResourceNotFound", "Microsoft.OperationalInsights/workspaces/elsewhere' under resource group 'soc'", 404},
		"another subscription":  {"GET", strings.Replace(sentinels, "00aa", "00ab", 1), "SubscriptionNotFound", "00ab", 404},
		"another resource":      {"GET", insights + "/watchlists", "InvalidResourceType", "", 404},
		"another part":          {"GET", sentinels + "/1/tags", "InvalidResourceType", "", 404},
		"a workspace itself":    {"GET", emulator.DefaultWorkspace, "InvalidResourceType", "", 404},
		"nothing":               {"GET", "/subscriptions/x", "InvalidResourceType", "", 404},
		"a PUT to the list":     {"PUT", sentinels, "UnsupportedApiVersion", "PUT", 405},
		"a PATCH":               {"PATCH", sentinels + "/1", "UnsupportedApiVersion", "PATCH", 405},
		"an absent incident":    {"GET", sentinels + "/1", "NotFound", "'1'", 404},
		"a path with a foreign": {"GET", strings.Replace(sentinels, "SecurityInsights", "SecurityGraph", 1), "InvalidResourceType", "", 404},
	} {
		l.refused(what, l.arm(c.method, c.path, ""), c.status, c.code, c.message)
	}
	header := http.Header{"Authorization": {"Bearer " + l.token(emulator.DefaultWorkspaceTenant, armScope)}}
	l.refused("no version", l.do(l.e.Handler(), "GET", sentinels, header, nil), 400, "MissingApiVersionParameter", "")
	l.refused("an old version", l.do(l.e.Handler(), "GET", sentinels+"?api-version=2020-01-01", header, nil), 400, "InvalidApiVersionParameter", "2025-09-01")
	l.equal("whatever the case", l.arm("GET", strings.ToUpper(sentinels), "").status, 200)
}

func TestARMHeadersAndRoles(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	a := l.arm("GET", sentinels, "")
	for _, name := range []string{"x-ms-request-id", "x-ms-correlation-request-id", "Date"} {
		if a.header.Get(name) == "" {
			t.Errorf("no %s in %v", name, a.header)
		}
	}
	l.faults(emulator.Fault{Kind: emulator.FaultWithdrawRoles, Roles: []string{"Microsoft Sentinel Responder", "Microsoft Sentinel Contributor"}})
	l.equal("a reader reads", l.arm("GET", sentinels, "").status, 200)
	l.refused("a reader does not write", l.arm("PUT", sentinels+"/"+guid, putText("", "A", "")), 403, "AuthorizationFailed",
		"does not have authorization to perform action 'Microsoft.SecurityInsights/incidents/write' over scope '"+emulator.DefaultWorkspace+"'")
	l.faults(emulator.Fault{Kind: emulator.FaultWithdrawRoles, Roles: []string{"Microsoft Sentinel Contributor"}})
	l.equal("a responder writes", l.arm("PUT", sentinels+"/"+guid, putText("", "A", "")).status, 201)
	l.refused("a responder does not delete", l.arm("DELETE", sentinels+"/"+guid, ""), 403, "AuthorizationFailed", "incidents/delete")
	l.faults(emulator.Fault{Kind: emulator.FaultWithdrawRoles, Service: "arm"})
	l.refused("nobody reads", l.arm("GET", sentinels, ""), 403, "AuthorizationFailed", "incidents/read")
}

func TestWorkspacesThatCannotBe(t *testing.T) {
	for what, given := range map[string][]emulator.Workspace{
		"no id":         {{}},
		"a part of one": {{ResourceID: emulator.DefaultWorkspace + "/x"}},
		"twice":         {{ResourceID: emulator.DefaultWorkspace}, {ResourceID: strings.ToUpper(emulator.DefaultWorkspace)}},
		"no tenant":     {{ResourceID: emulator.DefaultWorkspace, TenantID: "x"}},
		"no state":      {{ResourceID: emulator.DefaultWorkspace, State: "half"}},
	} {
		if _, err := emulator.New(emulator.Settings{Workspaces: given}); err == nil || !strings.Contains(err.Error(), "workspace") {
			t.Errorf("%s: %v", what, err)
		}
	}
}
