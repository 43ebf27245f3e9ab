package ingestapi

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/monitor/ingestion/azlogs"
	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

// recorder remembers requests and hands them on.
type recorder struct {
	next http.Handler

	mu      sync.Mutex
	uploads []*http.Request
	tokens  []url.Values
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		http.Error(w, "", http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	switch {
	case strings.HasPrefix(req.URL.Path, "/dataCollectionRules/"):
		r.uploads = append(r.uploads, req.Clone(req.Context()))
	case strings.HasSuffix(req.URL.Path, "/token"):
		form, err := url.ParseQuery(string(body))
		if err == nil {
			r.tokens = append(r.tokens, form)
		}
	}
	r.mu.Unlock()
	req.Body = io.NopCloser(bytes.NewReader(body))
	r.next.ServeHTTP(w, req)
}

// azlogs v1.1.0 is Microsoft's own client for this API: what it sends is what
// the service is made for.
func TestOurRequestEqualsThatOfMicrosoftsClient(t *testing.T) {
	e, err := emulator.New(emulator.Settings{})
	require.NoError(t, err)
	seen := &recorder{next: e.Handler()}
	server := httptest.NewTLSServer(seen)
	defer server.Close()
	rows := `[{"IncidentId":"29"}]`

	uploadWithAzlogs(t, server, zipped(t, rows))
	ours := connect(t, config(server.URL), server.Client().Transport, server.URL)
	require.NoError(t, ours.Upload(t.Context(), Request{Endpoint: server.URL, DCR: dcr, Stream: stream, Body: zipped(t, rows)}))

	require.Len(t, e.Rows(stream, dcr), 2, "both were accepted")
	require.Len(t, seen.uploads, 2)
	theirs, mine := seen.uploads[0], seen.uploads[1]
	require.Equal(t, theirs.Method, mine.Method)
	require.Equal(t, theirs.URL.RequestURI(), mine.URL.RequestURI())
	require.Equal(t, theirs.ContentLength, mine.ContentLength)
	require.Equal(t, namesOf(theirs.Header, "X-Ms-Client-Request-Id"), namesOf(mine.Header, "X-Ms-Client-Request-Id"))
	for name := range theirs.Header {
		if name == "User-Agent" || name == "Authorization" {
			continue // Ours, and a token of its own.
		}
		require.Equal(t, theirs.Header[name], mine.Header[name], name)
	}
	require.Len(t, mine.Header.Get("X-Ms-Client-Request-Id"), 36)
	require.Len(t, seen.tokens, 2)
	for _, field := range []string{"scope", "grant_type", "client_id", "claims"} {
		require.Equal(t, seen.tokens[0].Get(field), seen.tokens[1].Get(field), field)
	}
	require.Contains(t, seen.tokens[1].Get("scope"), server.URL+"//.default")
}

func uploadWithAzlogs(t *testing.T, server *httptest.Server, body []byte) {
	t.Helper()
	options := policy.ClientOptions{
		Cloud: cloud.Configuration{
			ActiveDirectoryAuthorityHost: server.URL + "/",
			Services: map[cloud.ServiceName]cloud.ServiceConfiguration{
				azlogs.ServiceNameIngestion: {Audience: server.URL + "/"},
			},
		},
		Retry:     policy.RetryOptions{MaxRetries: -1},
		Transport: server.Client(),
	}
	credential, err := azidentity.NewClientSecretCredential(tenantID, tenantID, emulator.Secret,
		&azidentity.ClientSecretCredentialOptions{ClientOptions: options, DisableInstanceDiscovery: true})
	require.NoError(t, err)
	client, err := azlogs.NewClient(server.URL, credential, &azlogs.ClientOptions{ClientOptions: options})
	require.NoError(t, err)
	encoding := "gzip"
	_, err = client.Upload(t.Context(), dcr, stream, body, &azlogs.UploadOptions{ContentEncoding: &encoding})
	require.NoError(t, err)
}

// namesOf is the set of header names, less one.
func namesOf(header http.Header, without string) map[string]bool {
	names := map[string]bool{}
	for name := range header {
		if name != without {
			names[name] = true
		}
	}
	return names
}
