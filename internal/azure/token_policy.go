package azure

import (
	"encoding/base64"
	"errors"
	"net/http"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// claimsCharsMax bounds a claims challenge.
const claimsCharsMax = 8 << 10

// tokenPolicy puts the token on a request, to the configured origins only. A
// token that the service rejects is asked anew once; the second answer stands.
type tokenPolicy struct {
	tokens  *tokenCache
	origins map[string]bool
}

// Do implements policy.Policy.
func (p *tokenPolicy) Do(req *policy.Request) (*http.Response, error) {
	if !p.origins[originOf(req.Raw().URL)] {
		return nil, &Error{
			Operation: "send token", Class: ClassPermanent, Reason: ReasonForeignHost,
			Cause: errors.New("host is not the configured one"),
		}
	}
	ctx := req.Raw().Context()
	token, err := p.tokens.get(ctx)
	if err != nil {
		return nil, err
	}
	resp, err := send(req, token)
	if err != nil || resp.StatusCode != http.StatusUnauthorized {
		return resp, err
	}
	claims := challengedClaims(resp.Header)
	renewed, err := p.tokens.renew(ctx, token, claims)
	if err != nil {
		runtime.Drain(resp)
		return nil, err
	}
	if renewed == token {
		return resp, nil // Whoever gives tokens has no other one.
	}
	runtime.Drain(resp)
	if err := req.RewindBody(); err != nil {
		return nil, err
	}
	return send(req, renewed)
}

func send(req *policy.Request, token string) (*http.Response, error) {
	req.Raw().Header.Set("Authorization", "Bearer "+token)
	return req.Next()
}

// challengedClaims is the decoded claims of a continuous access evaluation
// challenge, or "".
func challengedClaims(header http.Header) string {
	for _, challenge := range header.Values("WWW-Authenticate") {
		if !strings.Contains(challenge, "insufficient_claims") {
			continue
		}
		_, rest, _ := strings.Cut(challenge, `claims="`)
		encoded, _, found := strings.Cut(rest, `"`)
		if !found || len(encoded) > claimsCharsMax {
			continue
		}
		if claims, err := base64.StdEncoding.DecodeString(encoded); err == nil {
			return string(claims)
		}
	}
	return ""
}
