package emulator_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

func TestLoginTakesAnyTenantAndTheSecret(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	for _, scope := range []string{
		"https://graph.microsoft.com/.default", "https://graph.microsoft.us/.default", "https://dod-graph.microsoft.us/.default",
		"https://microsoftgraph.chinacloudapi.cn/.default", "https://monitor.azure.com//.default", "https://monitor.azure.com/.default",
		"https://monitor.azure.us//.default", "https://monitor.azure.cn//.default", base + "/.default",
		"https://monitor.azure.com//.default openid offline_access profile",
	} {
		a := l.form("AAAAAAAA-0000-4000-8000-00000000000F", secretForm(scope))
		var body struct {
			Type    string `json:"token_type"`
			Expires int    `json:"expires_in"`
			Token   string `json:"access_token"`
		}
		if err := json.Unmarshal([]byte(a.body), &body); err != nil {
			t.Fatal(err)
		}
		if a.status != http.StatusOK || body.Type != "Bearer" || body.Expires != 3600 || body.Token == "" {
			t.Errorf("%s: %d %s", scope, a.status, a.body)
		}
		l.equal("not cached", a.header.Get("Cache-Control"), "no-store, no-cache")
	}
}

func TestLoginRefusals(t *testing.T) {
	with := func(name, value string) url.Values {
		form := secretForm(graphScope)
		form.Del(name)
		if value != "" {
			form.Set(name, value)
		}
		return form
	}
	tests := map[string]struct {
		tenant string
		form   url.Values
		status int
		kind   string
		code   string
	}{
		"wrong secret":                 {form: with("client_secret", "wrong"), status: 401, kind: "invalid_client", code: "AADSTS7000215"},
		"no credential":                {form: with("client_secret", ""), status: 401, kind: "invalid_client", code: "AADSTS7000218"},
		"tenant that is no GUID":       {tenant: "contoso.com", form: with("", ""), status: 400, kind: "invalid_tenant", code: "AADSTS90002"},
		"client that is no GUID":       {form: with("client_id", "me"), status: 400, kind: "unauthorized_client", code: "AADSTS700016"},
		"no grant type":                {form: with("grant_type", ""), status: 400, kind: "invalid_request", code: "AADSTS900144"},
		"another grant type":           {form: with("grant_type", "password"), status: 400, kind: "unsupported_grant_type", code: "AADSTS70003"},
		"unknown resource":             {form: with("scope", "https://example.com/.default"), status: 400, kind: "invalid_resource", code: "AADSTS500011"},
		"scope without default":        {form: with("scope", "https://graph.microsoft.com/User.Read"), status: 400, kind: "invalid_scope", code: "AADSTS1002012"},
		"two resources at once":        {form: with("scope", graphScope+" "+logsScope), status: 400, kind: "invalid_scope", code: "AADSTS1002012"},
		"only the scopes of OpenID":    {form: with("scope", "openid profile"), status: 400, kind: "invalid_resource", code: "AADSTS500011"},
		"no scope":                     {form: with("scope", ""), status: 400, kind: "invalid_request", code: "AADSTS900144"},
		"form larger than can be sane": {form: with("extra", strings.Repeat("x", 70<<10)), status: 400, kind: "invalid_request", code: "AADSTS900144"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, emulator.Settings{})
			if test.tenant == "" {
				test.tenant = emulator.DefaultTenant
			}
			a := l.form(test.tenant, test.form)
			var body struct {
				Error       string `json:"error"`
				Description string `json:"error_description"`
				Codes       []int  `json:"error_codes"`
				Trace       string `json:"trace_id"`
			}
			if err := json.Unmarshal([]byte(a.body), &body); err != nil {
				t.Fatal(err)
			}
			l.equal("status", a.status, test.status)
			l.equal("error", body.Error, test.kind)
			l.contains("description", body.Description, test.code+": ", "Trace ID: "+body.Trace)
			l.equal("codes", "AADSTS"+fmt.Sprint(body.Codes[0]), test.code)
		})
	}
}

func jwt(header, payload string) string {
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(header)) + "." + encode([]byte(payload)) + "." + encode([]byte("signature"))
}

func TestLoginAssertions(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	in, ago := l.now.Add(time.Minute).Unix(), l.now.Add(-time.Minute).Unix()
	own := base + tokenPath(emulator.DefaultTenant)
	rs256 := `{"alg":"RS256","typ":"JWT"}`
	federated := fmt.Sprintf(`{"iss":"https://idp.example","sub":"workload","aud":["api://AzureADTokenExchange"],"exp":%d}`, in)
	tests := map[string]struct {
		assertion string
		code      string // "" = a token
	}{
		"federated":                     {assertion: jwt(rs256, federated)},
		"federated, US government":      {assertion: jwt(rs256, strings.Replace(federated, "Exchange", "ExchangeUSGov", 1))},
		"certificate":                   {assertion: jwt(`{"alg":"PS256","x5t#S256":"eA=="}`, fmt.Sprintf(`{"iss":%q,"sub":%q,"aud":%q,"exp":%d,"nbf":%d}`, client, client, own, in, ago))},
		"certificate, another tenant":   {assertion: jwt(rs256, fmt.Sprintf(`{"iss":%q,"sub":%q,"aud":%q,"exp":%d}`, client, client, base+"/other", in)), code: "AADSTS700023"},
		"certificate, another client":   {assertion: jwt(rs256, fmt.Sprintf(`{"iss":%q,"sub":"other","aud":%q,"exp":%d}`, client, own, in)), code: "AADSTS700023"},
		"federated, wrong audience":     {assertion: jwt(rs256, strings.Replace(federated, "api://Azure", "api://Other", 1)), code: "AADSTS700212"},
		"expired":                       {assertion: jwt(rs256, strings.Replace(federated, fmt.Sprint(in), fmt.Sprint(ago), 1)), code: "AADSTS700024"},
		"not yet valid":                 {assertion: jwt(rs256, strings.Replace(federated, `"exp"`, fmt.Sprintf(`"nbf":%d,"exp"`, in+3600), 1)), code: "AADSTS700024"},
		"not signed":                    {assertion: jwt(`{"alg":"none"}`, federated), code: "AADSTS50027"},
		"without a subject":             {assertion: jwt(rs256, strings.Replace(federated, `"workload"`, `""`, 1)), code: "AADSTS50027"},
		"no JWT":                        {assertion: "gibberish", code: "AADSTS50027"},
		"JWT whose payload is no JSON":  {assertion: jwt(rs256, "gibberish"), code: "AADSTS50027"},
		"JWT of two parts":              {assertion: strings.TrimSuffix(jwt(rs256, federated), ".c2lnbmF0dXJl"), code: "AADSTS50027"},
		"JWT whose signature is no b64": {assertion: jwt(rs256, federated) + "!", code: "AADSTS50027"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			form := secretForm(graphScope)
			form.Del("client_secret")
			form.Set("client_assertion", test.assertion)
			form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
			a := l.form(emulator.DefaultTenant, form)
			switch {
			case test.code == "" && a.status != http.StatusOK:
				t.Errorf("want a token, got %d %s", a.status, a.body)
			case test.code != "" && (a.status != http.StatusUnauthorized || !strings.Contains(a.body, test.code+":")):
				t.Errorf("want %s, got %d %s", test.code, a.status, a.body)
			}
		})
	}
	form := secretForm(graphScope)
	form.Set("client_assertion", jwt(rs256, federated))
	l.equal("assertion without its type", l.form(emulator.DefaultTenant, form).status, http.StatusBadRequest)
}

func TestLoginDiscoveryAnswersWhatMSALChecks(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	path := "/" + emulator.DefaultTenant + "/v2.0/.well-known/openid-configuration"
	a := l.do(l.e.Handler(), http.MethodGet, path, nil, nil)
	var body map[string]any
	if err := json.Unmarshal([]byte(a.body), &body); err != nil {
		t.Fatal(err)
	}
	l.equal("token endpoint", body["token_endpoint"], base+tokenPath(emulator.DefaultTenant))
	l.equal("issuer", body["issuer"], base+"/"+emulator.DefaultTenant+"/v2.0")
	l.contains("authorization endpoint", fmt.Sprint(body["authorization_endpoint"]), base+"/"+emulator.DefaultTenant)
	a = l.do(l.e.Handler(), http.MethodGet, "/contoso.com/v2.0/.well-known/openid-configuration", nil, nil)
	l.equal("domain instead of a GUID", a.status, http.StatusBadRequest)
	l.equal("wrong method", l.do(l.e.Handler(), http.MethodGet, tokenPath(emulator.DefaultTenant), nil, nil).status, http.StatusBadRequest)
	l.equal("nothing there", l.do(l.e.Handler(), http.MethodGet, "/", nil, nil).status, http.StatusNotFound)
}

func TestTokenIsCheckedForSignatureAudienceAndAge(t *testing.T) {
	l := newLab(t, emulator.Settings{TokenFor: 10 * time.Minute})
	good := l.token(emulator.DefaultTenant, graphScope)
	logs := l.token(emulator.DefaultTenant, logsScope)
	both := l.token(emulator.DefaultTenant, base+"/.default")
	other := newLab(t, emulator.Settings{Seed: 99}).token(emulator.DefaultTenant, graphScope)
	ask := func(authorization string) answer {
		return l.get(incidents, "Authorization", authorization)
	}
	l.equal("good", ask("Bearer "+good).status, 200)
	l.equal("audience of the origin", ask("Bearer "+both).status, 200)
	l.equal("audience of the origin at ingestion", l.upload("Custom-DefenderOriginal", `[{"Part":1}]`, "Authorization", "Bearer "+both).status, 204)
	for text, message := range map[string]string{
		"":                                  "Access token is empty.",
		"Basic x":                           "Access token is empty.",
		"Bearer " + logs:                    "Invalid audience",
		"Bearer " + other:                   "Access token validation failure",
		"Bearer " + good[:len(good)-2]:      "Access token validation failure",
		"Bearer x" + good:                   "Access token validation failure",
		"Bearer " + strings.Repeat(".", 10): "Access token validation failure",
	} {
		a := ask(text)
		l.equal("status with "+text, a.status, 401)
		l.contains("body with "+text, a.body, `"code":"InvalidAuthenticationToken"`, message)
		l.contains("challenge", a.header.Get("WWW-Authenticate"), "Bearer ")
	}
	l.equal("Graph token at ingestion", l.upload("Custom-DefenderOriginal", `[{"Part":1}]`, "Authorization", "Bearer "+good).status, 401)
	l.now = l.now.Add(10 * time.Minute)
	l.contains("expired", ask("Bearer "+good).body, "Lifetime validation failed, the token is expired.")
}
