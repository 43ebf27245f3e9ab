package emulator

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// checkCredential takes the one secret, or an assertion, and answers why not.
func (x *exchange) checkCredential(form url.Values, tenant string) bool {
	secret, assertion := form.Get("client_secret"), form.Get("client_assertion")
	switch {
	case assertion != "":
		return x.checkAssertion(form, tenant, assertion)
	case secret == "":
		x.loginError(http.StatusUnauthorized, "invalid_client", 7000218,
			"The request body must contain the following parameter: 'client_assertion' or 'client_secret'.")
	case secret != Secret:
		x.loginError(http.StatusUnauthorized, "invalid_client", 7000215,
			"Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '"+form.Get("client_id")+"'.")
	default:
		return true
	}
	return false
}

// assertionClaims are the claims of a client assertion that make or break it.
type assertionClaims struct {
	Audience audiences `json:"aud"`
	Issuer   string    `json:"iss"`
	Subject  string    `json:"sub"`
	Expires  float64   `json:"exp"`
	NotOlder float64   `json:"nbf"`
}

// audiences is the "aud" claim: RFC 7519 allows one string or several.
type audiences []string

func (a *audiences) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*a = audiences{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(a))
}

// checkAssertion takes a JWT whose claims make sense. Its signature is not
// checked: there is nobody to ask for the key. An app that vouches for itself
// with a certificate names this tenant's token endpoint as audience; another
// identity provider names the token exchange.
func (x *exchange) checkAssertion(form url.Values, tenant, assertion string) bool {
	if form.Get("client_assertion_type") != assertionType {
		x.loginError(http.StatusBadRequest, "invalid_request", 900144,
			"The request body must contain the following parameter: 'client_assertion_type'.")
		return false
	}
	c, ok := parseAssertion(assertion)
	if !ok {
		x.loginError(http.StatusUnauthorized, "invalid_client", 50027, "JWT token is invalid or malformed.")
		return false
	}
	now := float64(x.now.Unix())
	if c.Expires <= now || c.NotOlder > now+300 {
		x.loginError(http.StatusUnauthorized, "invalid_client", 700024,
			"Client assertion is not within its valid time range.")
		return false
	}
	if c.Issuer == form.Get("client_id") {
		return x.checkCertificate(c, form.Get("client_id"), tenant)
	}
	exchanges := []string{
		"api://AzureADTokenExchange", "api://AzureADTokenExchangeUSGov", "api://AzureADTokenExchangeChina",
	}
	if !slices.ContainsFunc(c.Audience, func(a string) bool { return slices.Contains(exchanges, a) }) {
		x.loginError(http.StatusUnauthorized, "invalid_client", 700212,
			"No matching federated identity record found for presented assertion audience. The audience must be api://AzureADTokenExchange.")
		return false
	}
	return true
}

func (x *exchange) checkCertificate(c assertionClaims, client, tenant string) bool {
	endpoint := origin(x.request) + "/" + tenant + "/oauth2/v2.0/token"
	own := slices.ContainsFunc(c.Audience, func(a string) bool { return strings.EqualFold(a, endpoint) })
	if c.Subject == client && own {
		return true
	}
	x.loginError(http.StatusUnauthorized, "invalid_client", 700023,
		"Client assertion audience claim does not match Realm issuer, or its subject is not the client.")
	return false
}

// parseAssertion reads the claims of a signed JWT; false means it is none, or
// lacks an issuer, subject, audience or expiry.
func parseAssertion(assertion string) (assertionClaims, bool) {
	parts := strings.Split(assertion, ".")
	if len(parts) != 3 || parts[2] == "" {
		return assertionClaims{}, false
	}
	var header struct {
		Algorithm string `json:"alg"`
	}
	var c assertionClaims
	for i, into := range []any{&header, &c} {
		part, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[i], "="))
		if err != nil || json.Unmarshal(part, into) != nil {
			return assertionClaims{}, false
		}
	}
	if _, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[2], "=")); err != nil {
		return assertionClaims{}, false
	}
	signed := header.Algorithm != "" && !strings.EqualFold(header.Algorithm, "none")
	return c, signed && c.Issuer != "" && c.Subject != "" && len(c.Audience) > 0 && c.Expires != 0
}
