package azure

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/config/configoptional"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

// emulated answers token requests as the emulator does, everything else with
// the request's authorization, and lets a test look at each token request.
func emulated(t *testing.T, look func(form url.Values)) http.RoundTripper {
	t.Helper()
	e, err := emulator.New(emulator.Settings{})
	require.NoError(t, err)
	login := emulator.Transport(e.Handler())
	return tripper(func(req *http.Request) (*http.Response, error) {
		switch {
		case req.URL.Hostname() == "169.254.169.254":
			return answer(200, fmt.Sprintf(`{"access_token":%q,"expires_in":"3600","token_type":"Bearer","resource":%q}`,
				jwt(map[string]any{"aud": req.URL.Query().Get("resource"), "tid": tenantB}), req.URL.Query().Get("resource"))), nil
		case strings.HasPrefix(req.URL.Path, "/v1.0/"):
			return echo(req)
		}
		if req.Body != nil {
			body, err := io.ReadAll(req.Body)
			require.NoError(t, err)
			form, err := url.ParseQuery(string(body))
			require.NoError(t, err)
			if look != nil {
				look(form)
			}
			req = req.Clone(req.Context())
			req.Body = io.NopCloser(strings.NewReader(string(body)))
		}
		return login.RoundTrip(req)
	})
}

// jwt is an unsigned token that looks like one.
func jwt(claims map[string]any) string {
	for name, value := range map[string]any{"iss": "https://issuer.test", "sub": "someone", "exp": time.Now().Add(time.Hour).Unix()} {
		if _, set := claims[name]; !set {
			claims[name] = value
		}
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	part := base64.RawURLEncoding.EncodeToString
	return part([]byte(`{"alg":"RS256"}`)) + "." + part(payload) + "." + part([]byte("x"))
}

func write(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
}

// certificate is a self-signed one with its key, as PEM.
func certificate(t *testing.T) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "defender-sentinel"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})) +
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}))
}

func TestEveryApplicationCredentialGetsATokenOfTheEmulator(t *testing.T) {
	dir := t.TempDir()
	secretFile, certFile, assertionFile := filepath.Join(dir, "s"), filepath.Join(dir, "c"), filepath.Join(dir, "a")
	write(t, secretFile, "  emulator\n")
	write(t, certFile, certificate(t))
	write(t, assertionFile, jwt(map[string]any{"aud": "api://AzureADTokenExchange"})+"\n")
	for _, tt := range []struct {
		name   string
		config CredentialConfig
		proof  string // the form field that shows which it was
	}{
		{"client secret", secret("emulator"), "client_secret"},
		{
			"client secret in a file",
			CredentialConfig{ClientSecret: configoptional.Some(ClientSecretConfig{ClientID: appID, SecretFile: secretFile})},
			"client_secret",
		},
		{
			"certificate",
			CredentialConfig{Certificate: configoptional.Some(CertificateConfig{ClientID: appID, File: certFile})},
			"client_assertion",
		},
		{
			"certificate with its chain",
			CredentialConfig{Certificate: configoptional.Some(CertificateConfig{ClientID: appID, File: certFile, SendChain: true})},
			"client_assertion",
		},
		{
			"federated, assertion in a file",
			CredentialConfig{Federated: configoptional.Some(FederatedConfig{ClientID: appID, AssertionFile: assertionFile})},
			"client_assertion",
		},
		{
			"federated with a managed identity",
			CredentialConfig{Federated: configoptional.Some(FederatedConfig{
				ClientID: appID, ManagedIdentity: configoptional.Some(ManagedIdentityConfig{ClientID: "federated-mi"}),
			})},
			"client_assertion",
		},
		{
			"workload identity",
			CredentialConfig{WorkloadIdentity: configoptional.Some(WorkloadIdentityConfig{ClientID: appID, TokenFile: assertionFile})},
			"client_assertion",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var forms []url.Values
			rt := emulated(t, func(form url.Values) { forms = append(forms, form) })
			config := custom()
			config.Credential = tt.config
			body, err := get(t.Context(), graph(t, connect(t, config, rt)), "https://cloud.test/v1.0/thing")
			require.NoError(t, err)
			require.Equal(t, tenantA, tokenTenant(strings.TrimPrefix(body, "Bearer ")), "the tenant asked for")
			require.Len(t, forms, 1, "no instance discovery, no retry")
			require.NotEmpty(t, forms[0].Get(tt.proof))
			require.Equal(t, appID, forms[0].Get("client_id"))
		})
	}
}

func TestAManagedIdentityOfAnotherTenantIsRefused(t *testing.T) {
	config := custom()
	config.Credential = CredentialConfig{ManagedIdentity: configoptional.Some(ManagedIdentityConfig{ObjectID: "mi-object"})}
	k := connect(t, config, emulated(t, nil))
	_, err := get(t.Context(), graph(t, k), "https://cloud.test/v1.0/thing")
	require.EqualError(t, err, "get thing: get token: the credential gives tokens of tenant "+tenantB+", not "+tenantA)
	require.Equal(t, ClassMisconfigured, ClassOf(err))
	require.Contains(t, Remedy(err), "`federated`")

	home, err := k.Graph(tenantB, CredentialConfig{})
	require.NoError(t, err)
	_, err = get(t.Context(), home, "https://cloud.test/v1.0/thing")
	require.NoError(t, err)
}

func TestTheTenantOfATokenIsCheckedWhereItCanBe(t *testing.T) {
	for _, tt := range []struct {
		name, token, tenant string
		ok                  bool
	}{
		{"the same", jwt(map[string]any{"tid": tenantA}), tenantA, true},
		{"the same in capitals", jwt(map[string]any{"tid": strings.ToUpper(tenantA)}), tenantA, true},
		{"another", jwt(map[string]any{"tid": tenantB}), tenantA, false},
		{"no tid", jwt(map[string]any{}), tenantA, true},
		{"not a JWT", "opaque", tenantA, true},
		{"three parts of nothing", "a.!.c", tenantA, true},
		{"a domain name to compare with", jwt(map[string]any{"tid": tenantB}), "contoso.com", true},
		{"no tenant asked for", jwt(map[string]any{"tid": tenantB}), "", true},
	} {
		require.Equal(t, tt.ok, checkTenant(tt.token, tt.tenant) == nil, tt.name)
	}
}

func TestTheDefaultChainAsksForTheTenantsToken(t *testing.T) {
	for name, value := range map[string]string{
		"AZURE_TENANT_ID": tenantB, "AZURE_CLIENT_ID": appID, "AZURE_CLIENT_SECRET": "emulator",
		"AZURE_TOKEN_CREDENTIALS": "EnvironmentCredential",
	} {
		t.Setenv(name, value)
	}
	config := custom()
	config.Credential = CredentialConfig{}
	body, err := get(t.Context(), graph(t, connect(t, config, emulated(t, nil))), "https://cloud.test/v1.0/thing")
	require.NoError(t, err)
	require.Equal(t, tenantA, tokenTenant(strings.TrimPrefix(body, "Bearer ")))
}

func TestNoCredentialAtAllHasItsRemedy(t *testing.T) {
	t.Setenv("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential")
	for _, name := range []string{"AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"} {
		t.Setenv(name, "")
	}
	config := custom()
	config.Credential = CredentialConfig{}
	_, err := get(t.Context(), graph(t, connect(t, config, emulated(t, nil))), "https://cloud.test/v1.0/thing")
	require.EqualError(t, err, "get thing: get token: no credential available")
	require.Contains(t, Remedy(err), "`credential`")
}

func TestTheAzureCLIIsAskedWhenNamed(t *testing.T) {
	t.Setenv("PATH", t.TempDir()) // Nobody is logged in: there is not even an az.
	config := custom()
	config.Credential = CredentialConfig{AzureCLI: configoptional.Some(AzureCLIConfig{})}
	_, err := get(t.Context(), graph(t, connect(t, config, emulated(t, nil))), "https://cloud.test/v1.0/thing")
	require.EqualError(t, err, "get thing: get token: no credential available")
}
