package emulator

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// formMax bounds a token request; an assertion with a certificate chain is a
// few kilobytes.
const formMax = 64 << 10

// login serves the Entra ID endpoints that azidentity calls when instance
// discovery is off.
func (e *Emulator) login(x *exchange) {
	tenant, path, _ := strings.Cut(strings.TrimPrefix(x.request.URL.Path, "/"), "/")
	switch {
	case path == "oauth2/v2.0/token" && x.request.Method == http.MethodPost:
		e.token(x, tenant)
	case path == "oauth2/v2.0/token":
		x.loginError(http.StatusBadRequest, "invalid_request", 900561,
			fmt.Sprintf("The endpoint only accepts POST requests. Received a %s request.", x.request.Method))
	case path == "v2.0/.well-known/openid-configuration" && x.request.Method == http.MethodGet:
		x.openIDConfiguration(tenant)
	default:
		http.Error(x, "404 page not found: no emulated service lives here", http.StatusNotFound)
	}
}

// openIDConfiguration answers what MSAL checks: three endpoints, and an issuer
// on the host it asked.
func (x *exchange) openIDConfiguration(tenant string) {
	if x.unknownTenant(tenant) {
		return
	}
	base := origin(x.request) + "/" + tenant
	x.json(http.StatusOK, map[string]any{
		"token_endpoint":                        base + "/oauth2/v2.0/token",
		"authorization_endpoint":                base + "/oauth2/v2.0/authorize",
		"issuer":                                base + "/v2.0",
		"jwks_uri":                              base + "/discovery/v2.0/keys",
		"token_endpoint_auth_methods_supported": []string{"client_secret_post", "private_key_jwt"},
		"response_types_supported":              []string{"code", "token"},
		"subject_types_supported":               []string{"pairwise"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
	})
}

func (x *exchange) unknownTenant(tenant string) bool {
	if isGUID(tenant) {
		return false
	}
	x.loginError(http.StatusBadRequest, "invalid_tenant", 90002,
		fmt.Sprintf("Tenant '%s' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.", tenant))
	return true
}

// token answers the client credentials grant.
func (e *Emulator) token(x *exchange, tenant string) {
	if x.unknownTenant(tenant) {
		return
	}
	media, _, err := mime.ParseMediaType(x.request.Header.Get("Content-Type"))
	x.request.Body = http.MaxBytesReader(x, x.request.Body, formMax)
	if err != nil || media != "application/x-www-form-urlencoded" || x.request.ParseForm() != nil {
		x.loginError(http.StatusBadRequest, "invalid_request", 900144,
			"The request body must contain the following parameter: 'grant_type'.")
		return
	}
	form := x.request.PostForm
	if !x.checkForm(form) || !x.checkCredential(form, tenant) {
		return
	}
	audience, res, ok := x.resource(form.Get("scope"))
	if !ok {
		return
	}
	e.issue(x, audience, res)
}

func (x *exchange) checkForm(form url.Values) bool {
	for _, name := range []string{"grant_type", "client_id", "scope"} {
		if form.Get(name) == "" {
			x.loginError(http.StatusBadRequest, "invalid_request", 900144,
				fmt.Sprintf("The request body must contain the following parameter: '%s'.", name))
			return false
		}
	}
	if form.Get("grant_type") != "client_credentials" {
		x.loginError(http.StatusBadRequest, "unsupported_grant_type", 70003,
			"The app requested an unsupported grant type '"+form.Get("grant_type")+"'.")
		return false
	}
	if !isGUID(form.Get("client_id")) {
		x.loginError(http.StatusBadRequest, "unauthorized_client", 700016,
			fmt.Sprintf("Application with identifier '%s' was not found in the directory.", form.Get("client_id")))
		return false
	}
	return true
}

// resource reads the scope: one resource with /.default, beside which MSAL
// sends the OpenID scopes, which mean nothing here.
func (x *exchange) resource(scopes string) (audience string, res resource, ok bool) {
	for _, scope := range strings.Fields(scopes) {
		if scope == "openid" || scope == "offline_access" || scope == "profile" {
			continue
		}
		name, isDefault := strings.CutSuffix(scope, "/.default")
		if !isDefault || audience != "" {
			x.loginError(http.StatusBadRequest, "invalid_scope", 1002012,
				fmt.Sprintf("The provided value for scope %s is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).", scopes))
			return "", resource{}, false
		}
		audience = strings.TrimRight(name, "/")
	}
	if res, ok = resourceOf(audience, origin(x.request)); !ok {
		x.loginError(http.StatusBadRequest, "invalid_resource", 500011,
			fmt.Sprintf("The resource principal named %s was not found in the tenant.", audience))
	}
	return audience, res, ok
}

// issue writes the token answer.
func (e *Emulator) issue(x *exchange, audience string, res resource) {
	lifetime := e.settings.TokenFor
	c := claims{
		Audience: audience, Issuer: origin(x.request) + "/" + x.tenant + "/v2.0",
		IssuedAt: x.now.Unix(), NotOlder: x.now.Unix(), Expires: x.now.Add(lifetime).Unix(),
		AppID: x.request.PostForm.Get("client_id"), Tenant: x.tenant, Roles: res.roles,
	}
	for _, s := range res.services {
		c.Services = append(c.Services, string(s))
	}
	token, err := e.seal(c)
	if err != nil {
		x.loginError(http.StatusInternalServerError, "server_error", 90033, "The token could not be written.")
		return
	}
	seconds := int64(lifetime / time.Second)
	x.Header().Set("Cache-Control", "no-store, no-cache")
	x.Header().Set("Pragma", "no-cache")
	x.json(http.StatusOK, map[string]any{
		"token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds, "access_token": token,
	})
}

// loginError answers in Entra ID's form.
func (x *exchange) loginError(status int, kind string, code int, text string) {
	at := x.now.UTC().Format("2006-01-02 15:04:05Z")
	x.json(status, map[string]any{
		"error": kind,
		"error_description": fmt.Sprintf("AADSTS%d: %s Trace ID: %s Correlation ID: %s Timestamp: %s",
			code, text, x.id, x.id, at),
		"error_codes": []int{code}, "timestamp": at, "trace_id": x.id, "correlation_id": x.id,
	})
}

// json answers with a small JSON document.
func (x *exchange) json(status int, body any) {
	data, err := json.Marshal(body)
	if err != nil {
		status, data = http.StatusInternalServerError, []byte(`{}`)
	}
	x.Header().Set("Content-Type", "application/json; charset=utf-8")
	x.Header().Set("x-ms-request-id", x.id)
	x.WriteHeader(status)
	_, _ = x.Write(data) // a client that has gone away needs no answer
}
