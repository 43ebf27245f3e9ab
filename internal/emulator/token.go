package emulator

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
)

// claims is what a token of the emulator carries. Clients must treat it as
// opaque; it has the shape of a JWT because real ones have.
type claims struct {
	Audience string   `json:"aud"`
	Issuer   string   `json:"iss"`
	IssuedAt int64    `json:"iat"` // Unix seconds, as the next two
	NotOlder int64    `json:"nbf"`
	Expires  int64    `json:"exp"`
	AppID    string   `json:"appid"`
	Tenant   string   `json:"tid"`
	Roles    []string `json:"roles"`
	Services []string `json:"svc"` // which emulated services take it
}

// resource is one audience of tokens.
type resource struct {
	services []service
	roles    []string
}

// graphRoles are the application roles that every app has until a fault
// withdraws some.
func graphRoles() []string {
	return []string{
		"SecurityAlert.Read.All", "SecurityAlert.ReadWrite.All",
		"SecurityIncident.Read.All", "SecurityIncident.ReadWrite.All", "SecurityData.Manage.All",
	}
}

// resourceOf finds the audience a scope asks for; ok is false for a resource
// nobody knows. A trailing slash more or less does not matter, so the double
// slash that Azure's own clients send is taken. The emulator's own origin is an
// audience good for every service, for clouds configured by hand.
func resourceOf(audience, origin string) (resource, bool) {
	switch strings.TrimRight(audience, "/") {
	case "https://graph.microsoft.com", "https://graph.microsoft.us", "https://dod-graph.microsoft.us",
		"https://microsoftgraph.chinacloudapi.cn", "00000003-0000-0000-c000-000000000000":
		return resource{services: []service{serviceGraph}, roles: graphRoles()}, true
	case "https://monitor.azure.com", "https://monitor.azure.us", "https://monitor.azure.cn":
		return resource{services: []service{serviceIngestion}}, true
	case "https://management.azure.com", "https://management.core.windows.net", "https://management.usgovcloudapi.net",
		"https://management.core.usgovcloudapi.net", "https://management.chinacloudapi.cn", "https://management.core.chinacloudapi.cn":
		return resource{services: []service{serviceARM}}, true
	case "https://api.loganalytics.io", "https://api.loganalytics.azure.com", "https://api.loganalytics.us", "https://api.loganalytics.azure.cn":
		return resource{services: []service{serviceLogAnalytics}}, true
	case origin:
		return resource{services: services(), roles: graphRoles()}, true
	default:
		return resource{}, false
	}
}

// seal writes claims as a token signed with the emulator's key.
func (e *Emulator) seal(c claims) (string, error) {
	body, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	text := base64.RawURLEncoding.EncodeToString([]byte(`{"typ":"JWT","alg":"HS256"}`)) +
		"." + base64.RawURLEncoding.EncodeToString(body)
	return text + "." + base64.RawURLEncoding.EncodeToString(e.sign(text)), nil
}

func (e *Emulator) sign(text string) []byte {
	mac := hmac.New(sha256.New, e.key[:])
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

// The ways a token can be no good.
var (
	errNoToken       = errors.New("no token was sent")
	errBadToken      = errors.New("the token is not well formed or not signed by this authority")
	errExpiredToken  = errors.New("the token is expired")
	errWrongAudience = errors.New("the token is for another audience")
)

// bearer is the token of an exchange, whatever its age and audience, read once.
func (e *Emulator) bearer(x *exchange) (claims, error) {
	if !x.bearer.read {
		x.bearer.claims, x.bearer.err = e.readBearer(x.request)
		x.bearer.read = true
	}
	return x.bearer.claims, x.bearer.err
}

// bearerToken is what was read of a request's token.
type bearerToken struct {
	claims
	err  error
	read bool
}

func (e *Emulator) readBearer(r *http.Request) (claims, error) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return claims{}, errNoToken
	}
	if c, known := e.tokens.Load(token); known {
		return c.(claims), nil
	}
	c, err := e.readToken(token)
	if err == nil {
		e.tokens.Store(token, c)
	}
	return c, err
}

// readToken checks what a token was signed with and reads it.
func (e *Emulator) readToken(token string) (claims, error) {
	text, signature, found := cutLast(token, ".")
	mac, err := base64.RawURLEncoding.DecodeString(signature)
	if !found || err != nil || !hmac.Equal(mac, e.sign(text)) {
		return claims{}, errBadToken
	}
	_, payload, _ := strings.Cut(text, ".")
	body, err := base64.RawURLEncoding.DecodeString(payload)
	if err != nil {
		return claims{}, errBadToken
	}
	var c claims
	if err := json.Unmarshal(body, &c); err != nil {
		return claims{}, errBadToken
	}
	return c, nil
}

// authorize reads the token of a request and checks it for the service asked.
func (e *Emulator) authorize(x *exchange) (claims, error) {
	c, err := e.bearer(x)
	switch {
	case err != nil:
		return claims{}, err
	case !slices.Contains(c.Services, string(x.service)):
		return claims{}, errWrongAudience
	case x.now.Unix() >= c.Expires || e.expiresEarly(x, c):
		return claims{}, errExpiredToken
	default:
		return c, nil
	}
}

// tenantOf names the tenant a request is about: the path's at sign-in, else the
// token's. It is empty when neither says.
func (e *Emulator) tenantOf(x *exchange) string {
	if x.service == serviceLogin {
		first, _, _ := strings.Cut(strings.TrimPrefix(x.request.URL.Path, "/"), "/")
		if isGUID(first) {
			return strings.ToLower(first)
		}
		return ""
	}
	c, err := e.bearer(x)
	if err != nil {
		return ""
	}
	return c.Tenant
}

// origin is the scheme and host a client used to reach the emulator.
func origin(r *http.Request) string {
	if r.TLS != nil || r.URL.Scheme == "https" {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

func cutLast(text, separator string) (before, after string, found bool) {
	if i := strings.LastIndex(text, separator); i >= 0 {
		return text[:i], text[i+len(separator):], true
	}
	return text, "", false
}

// isGUID tells whether text is a GUID in its usual form.
func isGUID(text string) bool {
	if len(text) != 36 {
		return false
	}
	for i, c := range []byte(strings.ToLower(text)) {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if c != '-' {
				return false
			}
		} else if !strings.ContainsRune("0123456789abcdef", rune(c)) {
			return false
		}
	}
	return true
}
