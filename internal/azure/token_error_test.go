package azure

import (
	"context"
	"crypto/x509"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/config/configoptional"
)

func TestTokenTroubleIsRetryableAndNamed(t *testing.T) {
	for _, tt := range []struct {
		name   string
		entra  *fakeEntra
		config CredentialConfig
		want   string
		reason Reason
		class  Class
	}{
		{
			name: "wrong secret", config: secret("x"), reason: ReasonWrongSecret,
			entra: &fakeEntra{refuse: func(*http.Request) *http.Response { return entraError(401, 7000215) }},
			want:  "get thing: get token: 401 AADSTS7000215, request entra-1",
		},
		{
			name: "expired secret", config: secret("x"), reason: ReasonSecretExpired,
			entra: &fakeEntra{refuse: func(*http.Request) *http.Response { return entraError(401, 7000222) }},
			want:  "get thing: get token: 401 AADSTS7000222, request entra-1",
		},
		{
			name: "no consent", config: secret("x"), reason: ReasonNoConsent,
			entra: &fakeEntra{refuse: func(*http.Request) *http.Response { return entraError(400, 65001) }},
			want:  "get thing: get token: 400 AADSTS65001, request entra-1",
		},
		{
			name: "an OAuth error without number", config: secret("x"), reason: ReasonNoIdentity,
			entra: &fakeEntra{refuse: func(*http.Request) *http.Response { return answer(400, `{"error":"temporarily_unavailable"}`) }},
			want:  "get thing: get token: 400 temporarily_unavailable",
		},
		{
			name: "no JSON", config: secret("x"),
			entra: &fakeEntra{refuse: func(*http.Request) *http.Response { return answer(502, `<html>geheim`) }},
			want:  "get thing: get token: 502 Bad Gateway",
		},
		{
			name: "throttled", config: secret("x"), class: ClassThrottled,
			entra: &fakeEntra{refuse: func(*http.Request) *http.Response { return answer(429, ``, "Retry-After", "40") }},
			want:  "get thing: get token: 429 Too Many Requests, retry in 40s",
		},
		{
			name: "no file for the assertion", reason: "",
			config: CredentialConfig{Federated: configoptional.Some(FederatedConfig{ClientID: appID, AssertionFile: "/does/not/exist"})},
			entra:  &fakeEntra{},
			want:   "get thing: get token: open /does/not/exist: no such file or directory",
		},
		{
			name: "no managed identity behind the federation", reason: ReasonNoIdentity,
			config: CredentialConfig{Federated: configoptional.Some(FederatedConfig{
				ClientID: appID, ManagedIdentity: configoptional.Some(ManagedIdentityConfig{ClientID: "no-such-mi"}),
			})},
			entra: &fakeEntra{next: func(*http.Request) (*http.Response, error) { return answer(404, `{"error":"geheim"}`), nil }},
			want:  "get thing: get token: no assertion from the managed identity",
		},
		{
			name: "a managed identity that is not assigned", reason: ReasonNoIdentity,
			config: CredentialConfig{ManagedIdentity: configoptional.Some(ManagedIdentityConfig{ClientID: "not-assigned"})},
			entra: &fakeEntra{next: func(*http.Request) (*http.Response, error) {
				return answer(400, `{"error":"invalid_request","error_description":"geheim"}`), nil
			}},
			want: "get thing: get token: 400 invalid_request",
		},
		{
			name: "unknown authority", config: secret("x"), reason: ReasonUnknownAuthority,
			entra: &fakeEntra{next: func(*http.Request) (*http.Response, error) { return nil, x509.UnknownAuthorityError{} }},
			want:  "get thing: get token: x509: certificate signed by unknown authority",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rt := http.RoundTripper(tt.entra)
			if tt.reason == ReasonUnknownAuthority {
				rt = tt.entra.next // no login answers at all
			}
			config := custom()
			config.Credential = tt.config
			_, err := get(t.Context(), graph(t, connect(t, config, rt)), "https://cloud.test/v1.0/thing")
			require.EqualError(t, err, tt.want)
			require.NotContains(t, err.Error(), "geheim")
			require.Equal(t, tt.class, ClassOf(err))
			var e *Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, tt.reason, e.Reason)
		})
	}
}

func TestACancelledTokenRequestShowsAsSuch(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	entra := &fakeEntra{wait: func(context.Context) { cancel() }, refuse: func(*http.Request) *http.Response { return entraError(401, 7000215) }}
	_, err := get(ctx, graph(t, connect(t, custom(), entra)), "https://cloud.test/v1.0/thing")
	require.EqualError(t, err, "get thing: context canceled")
	require.ErrorIs(t, err, context.Canceled)
}

func TestAnEndlessTokenAnswerIsCut(t *testing.T) {
	read := 0
	endless := readerFunc(func(p []byte) (int, error) {
		read += len(p)
		for i := range p {
			p[i] = ' '
		}
		return len(p), nil
	})
	entra := &fakeEntra{refuse: func(*http.Request) *http.Response {
		resp := answer(200, "")
		resp.Body = io.NopCloser(endless)
		return resp
	}}
	_, err := get(t.Context(), graph(t, connect(t, custom(), entra)), "https://cloud.test/v1.0/thing")
	require.Error(t, err)
	require.Less(t, read, 3*tokenBytesMax)
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
