package azure

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/google/uuid"
)

// credentialFileBytesMax bounds a secret, certificate or assertion file.
const credentialFileBytesMax = 1 << 20

// credential is one identity in one tenant. It is made without touching file or
// network, and made again inside when its files change or its cache must go.
// Safe for concurrent use.
type credential struct {
	source   source
	tenantID string // "" = the identity knows its own

	mu     sync.Mutex
	inner  azcore.TokenCredential
	digest [sha256.Size]byte // of the files that inner was made from
	caches map[string]*tokenCache
}

func newCredential(source source, tenantID string) *credential {
	return &credential{source: source, tenantID: tenantID, caches: map[string]*tokenCache{}}
}

// tokens is the cache for one scope.
func (c *credential) tokens(scope string) *tokenCache {
	c.mu.Lock()
	defer c.mu.Unlock()
	cache, known := c.caches[scope]
	if !known {
		cache = &tokenCache{ask: func(ctx context.Context, request tokenRequest) (azcore.AccessToken, error) {
			return c.ask(ctx, scope, request)
		}}
		c.caches[scope] = cache
	}
	return cache
}

// ask gets a token past our cache. Its errors are ready for the caller: an
// [*Error], or the context's own.
func (c *credential) ask(ctx context.Context, scope string, request tokenRequest) (azcore.AccessToken, error) {
	inner, err := c.current(request.fresh)
	if err != nil {
		return azcore.AccessToken{}, credentialError(ReasonIdentityFile, err)
	}
	ctx, trace := withTrace(ctx)
	token, err := inner.GetToken(ctx, policy.TokenRequestOptions{
		Claims:    request.claims,
		EnableCAE: true,
		Scopes:    []string{scope},
		TenantID:  c.tenantID,
	})
	if err != nil {
		return azcore.AccessToken{}, tokenError(ctx, err, trace)
	}
	return token, checkTenant(token.Token, c.tenantID)
}

// current is the identity made from the files as they are now.
func (c *credential) current(fresh bool) (azcore.TokenCredential, error) {
	files, err := readFiles(c.source.files)
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256(bytes.Join(files, []byte{0}))
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.inner != nil && digest == c.digest && !fresh {
		return c.inner, nil
	}
	inner, err := c.source.build(files)
	if err != nil {
		return nil, err
	}
	c.inner, c.digest = inner, digest
	return inner, nil
}

func readFiles(paths []string) ([][]byte, error) {
	contents := make([][]byte, 0, len(paths))
	for _, path := range paths {
		content, err := readFile(path)
		if err != nil {
			return nil, err
		}
		contents = append(contents, content)
	}
	return contents, nil
}

func readFile(path string) ([]byte, error) {
	file, err := os.Open(path) //nolint:gosec // The path is the user's own setting.
	if err != nil {
		return nil, err
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, credentialFileBytesMax+1))
	if err != nil {
		return nil, err
	}
	if len(content) > credentialFileBytesMax {
		return nil, fmt.Errorf("read %s: larger than %d bytes", path, credentialFileBytesMax)
	}
	return content, nil
}

// checkTenant refuses a token of another tenant. A managed identity answers
// with its home tenant's token whatever it is asked for, and one customer's
// incidents would be taken for another's. A token that cannot be read, or a
// tenant given by domain name, passes.
func checkTenant(token, tenantID string) error {
	want, err := uuid.Parse(tenantID)
	if err != nil {
		return nil // A domain name: nothing to compare.
	}
	got, err := uuid.Parse(tokenTenant(token))
	if err != nil || got == want {
		return nil // The same, or not a token we can read.
	}
	return &Error{
		Operation: operationToken,
		Class:     ClassMisconfigured,
		Reason:    ReasonWrongTenant,
		Cause:     fmt.Errorf("the credential gives tokens of tenant %s, not %s", got, want),
	}
}

// tokenTenant is the tid claim, or "".
func tokenTenant(token string) string {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return ""
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return ""
	}
	var claims struct {
		TenantID string `json:"tid"`
	}
	if json.Unmarshal(payload, &claims) != nil {
		return ""
	}
	return claims.TenantID
}
