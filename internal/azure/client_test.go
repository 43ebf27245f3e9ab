package azure

import (
	"context"
	"encoding/base64"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/stretchr/testify/require"
)

func TestARequestCarriesTokenAndName(t *testing.T) {
	var seen *http.Request
	entra := &fakeEntra{next: func(req *http.Request) (*http.Response, error) {
		seen = req
		return echo(req)
	}}
	body, err := get(t.Context(), graph(t, connect(t, custom(), entra)), "https://cloud.test/v1.0/thing?a=b")
	require.NoError(t, err)
	require.Equal(t, "Bearer token-1", body)
	require.Equal(t, "defender-sentinel/1.2.3", seen.UserAgent())
	require.Equal(t, "/v1.0/thing?a=b", seen.URL.RequestURI())
	require.Contains(t, entra.asked[0], "/"+tenantA+"/oauth2/v2.0/token?")
	require.Contains(t, entra.asked[0], "client_id="+appID)
	require.Contains(t, entra.asked[0], "https%3A%2F%2Fcloud.test%2F.default")
}

func TestATokenGoesToTheConfiguredHostOnly(t *testing.T) {
	entra := &fakeEntra{next: func(*http.Request) (*http.Response, error) {
		t.Error("a request left")
		return answer(200, ""), nil
	}}
	c := graph(t, connect(t, custom(), entra))
	for _, url := range []string{
		"https://evil.test/v1.0", "http://cloud.test/v1.0", "https://cloud.test:8443/v1.0",
		"https://cloud.test.evil.test/", "https://cloud.test@evil.test/",
	} {
		_, err := get(t.Context(), c, url)
		var e *Error
		require.ErrorAs(t, err, &e, url)
		require.Equal(t, ReasonForeignHost, e.Reason)
		require.Equal(t, ClassPermanent, ClassOf(err))
		require.EqualError(t, err, "get thing: send token: host is not the configured one")
	}
	require.Zero(t, entra.count(), "not even a token was asked for")
}

func TestARedirectIsAnAnswer(t *testing.T) {
	var requests atomic.Int64
	entra := &fakeEntra{next: func(*http.Request) (*http.Response, error) {
		requests.Add(1)
		return answer(307, "", "Location", "https://cloud.test/elsewhere"), nil
	}}
	_, err := get(t.Context(), graph(t, connect(t, custom(), entra)), "https://cloud.test/v1.0")
	var e *Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, 307, e.Status)
	require.Equal(t, ReasonNotMicrosoft, e.Reason)
	require.EqualValues(t, 1, requests.Load())
}

func TestNothingIsRetried(t *testing.T) {
	for _, status := range []int{408, 429, 500, 502, 503, 504} {
		var requests atomic.Int64
		entra := &fakeEntra{next: func(*http.Request) (*http.Response, error) {
			requests.Add(1)
			return answer(status, "", "Retry-After", "1"), nil
		}}
		_, err := get(t.Context(), graph(t, connect(t, custom(), entra)), "https://cloud.test/v1.0")
		require.Error(t, err)
		require.EqualValues(t, 1, requests.Load(), status)
	}
}

func TestARejectedTokenIsReplacedOnce(t *testing.T) {
	claims := base64.StdEncoding.EncodeToString([]byte(`{"access_token":{"nbf":{"essential":true}}}`))
	for _, tt := range []struct {
		name      string
		accepts   string // the token that the service takes
		challenge string
		want      string
		status    int
		asked     int
	}{
		{name: "the first is good", accepts: "token-1", want: "Bearer token-1", asked: 1},
		{name: "expired early: the second is good", accepts: "token-2", want: "Bearer token-2", asked: 2},
		{
			name: "a claims challenge is answered", accepts: "token-2", want: "Bearer token-2", asked: 2,
			challenge: `Bearer realm="", error="insufficient_claims", claims="` + claims + `"`,
		},
		{name: "never good: the second 401 stands", accepts: "none", status: 401, asked: 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var bodies []string
			entra := &fakeEntra{next: func(req *http.Request) (*http.Response, error) {
				body, err := io.ReadAll(req.Body)
				require.NoError(t, err)
				bodies = append(bodies, string(body))
				if req.Header.Get("Authorization") != "Bearer "+tt.accepts {
					return answer(401, "", "WWW-Authenticate", tt.challenge), nil
				}
				return echo(req)
			}}
			c := graph(t, connect(t, custom(), entra))
			req, err := runtime.NewRequest(t.Context(), http.MethodPost, "https://cloud.test/v1.0")
			require.NoError(t, err)
			require.NoError(t, req.SetBody(nopSeeker{strings.NewReader("body")}, "text/plain"))
			resp, err := c.Do("send thing", req)
			require.Equal(t, tt.asked, entra.count())
			for _, body := range bodies {
				require.Equal(t, "body", body, "the body is sent again in whole")
			}
			if tt.challenge != "" {
				require.Contains(t, entra.asked[1], "nbf", "the challenge's claims are asked for")
			}
			if tt.status != 0 {
				var e *Error
				require.ErrorAs(t, err, &e)
				require.Equal(t, tt.status, e.Status)
				require.Equal(t, ClassMisconfigured, ClassOf(err))
				return
			}
			require.NoError(t, err)
			defer resp.Body.Close()
			got, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			require.Equal(t, tt.want, string(got))
		})
	}
}

type nopSeeker struct{ io.ReadSeeker }

func (nopSeeker) Close() error { return nil }

func TestChallengesAreReadWithCare(t *testing.T) {
	encoded := base64.StdEncoding.EncodeToString([]byte("claims"))
	for challenge, want := range map[string]string{
		"": "",
		`Bearer error="insufficient_claims", claims="` + encoded + `"`:                               "claims",
		`Bearer error="invalid_token", claims="` + encoded + `"`:                                     "",
		`Bearer error="insufficient_claims", claims="` + encoded:                                     "",
		`Bearer error="insufficient_claims", claims="!"`:                                             "",
		`Bearer error="insufficient_claims"`:                                                         "",
		`Bearer error="insufficient_claims", claims="` + strings.Repeat("A", claimsCharsMax+4) + `"`: "",
	} {
		require.Equal(t, want, challengedClaims(http.Header{"Www-Authenticate": {challenge}}), challenge)
	}
}

// The clock is the bubble's, azidentity's and MSAL's time included.
func TestAnHourlyTokenIsReplacedAsTimeMoves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		entra := &fakeEntra{next: echo}
		c := graph(t, connect(t, custom(), entra))
		for minute := range 24 * 60 {
			_, err := get(t.Context(), c, "https://cloud.test/v1.0")
			require.NoError(t, err, minute)
			time.Sleep(time.Minute)
		}
		require.Equal(t, 24*60/56+1, entra.count(), "one every 56 minutes: the first minute in the last five")
	})
}

func TestAShortTokenIsReplacedAsTimeMoves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		entra := &fakeEntra{next: echo, expires: 60}
		c := graph(t, connect(t, custom(), entra))
		for range 600 {
			_, err := get(t.Context(), c, "https://cloud.test/v1.0")
			require.NoError(t, err)
			time.Sleep(time.Second)
		}
		require.Equal(t, 600/48+1, entra.count(), "one every 48 seconds")
	})
}

func TestARequestTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		entra := &fakeEntra{next: func(req *http.Request) (*http.Response, error) {
			<-req.Context().Done()
			return nil, req.Context().Err()
		}}
		config := custom()
		config.HTTP.Timeout = 7 * time.Second
		c := graph(t, connect(t, config, entra))
		began := time.Now()
		_, err := get(t.Context(), c, "https://cloud.test/v1.0")
		var e *Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, ReasonTimeout, e.Reason)
		require.Equal(t, ClassRetryable, ClassOf(err))
		require.Equal(t, 7*time.Second, time.Since(began))

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = get(ctx, c, "https://cloud.test/v1.0")
		require.EqualError(t, err, "get thing: context deadline exceeded")
	})
}

// closer notes that it was closed.
type closer struct {
	io.Reader
	closed atomic.Bool
}

func (c *closer) Close() error {
	c.closed.Store(true)
	return nil
}

// An answer that comes as its context ends is given to nobody, and closed.
func TestAnAnswerThatComesTooLateIsClosed(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	body := &closer{Reader: strings.NewReader("{}")}
	entra := &fakeEntra{next: func(*http.Request) (*http.Response, error) {
		cancel()
		late := answer(200, "")
		late.Body = body
		return late, nil
	}}
	_, err := get(ctx, graph(t, connect(t, custom(), entra)), "https://cloud.test/v1.0")
	require.ErrorIs(t, err, context.Canceled)
	require.True(t, body.closed.Load())
}
