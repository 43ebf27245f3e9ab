package azure

import (
	"errors"
	"fmt"
	"strings"

	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/confmap"
)

// CredentialConfig names one identity; at most one field may be set. The zero
// value is azidentity's default chain, or, in a tenant, the component's
// credential. It holds no tenant: a component asks for each tenant's token.
type CredentialConfig struct {
	// WorkloadIdentity is a Kubernetes service account's token.
	WorkloadIdentity configoptional.Optional[WorkloadIdentityConfig] `mapstructure:"workload_identity"`
	// ManagedIdentity is the machine's own identity. It can only get tokens
	// of its home tenant; for other tenants use Federated with it.
	ManagedIdentity configoptional.Optional[ManagedIdentityConfig] `mapstructure:"managed_identity"`
	// ClientSecret is an application's password.
	ClientSecret configoptional.Optional[ClientSecretConfig] `mapstructure:"client_secret"`
	// Certificate is an application's certificate with its key.
	Certificate configoptional.Optional[CertificateConfig] `mapstructure:"certificate"`
	// Federated is an application that trusts another identity's token.
	Federated configoptional.Optional[FederatedConfig] `mapstructure:"federated"`
	// AzureCLI is whoever is logged in with `az login`; for trying out.
	AzureCLI configoptional.Optional[AzureCLIConfig] `mapstructure:"azure_cli"`
}

// WorkloadIdentityConfig overrides what the workload identity webhook sets.
type WorkloadIdentityConfig struct {
	// ClientID is the application; default AZURE_CLIENT_ID.
	ClientID string `mapstructure:"client_id"`
	// TokenFile is the projected token; default AZURE_FEDERATED_TOKEN_FILE.
	TokenFile string `mapstructure:"token_file"`
}

// ManagedIdentityConfig picks an identity by one of its ids. The zero value is
// the system-assigned one.
type ManagedIdentityConfig struct {
	// ClientID is the client id of a user-assigned identity.
	ClientID string `mapstructure:"client_id"`
	// ObjectID is the principal id of a user-assigned identity.
	ObjectID string `mapstructure:"object_id"`
	// ResourceID is the ARM id of a user-assigned identity.
	ResourceID string `mapstructure:"resource_id"`
}

// ClientSecretConfig is an application and its secret, inline or in a file.
type ClientSecretConfig struct {
	// ClientID is the application id.
	ClientID string `mapstructure:"client_id"`
	// Secret is the secret's value, not its id.
	Secret configopaque.String `mapstructure:"secret"`
	// SecretFile holds the secret; white space around it is ignored. It is
	// read again before each token, so a rotation needs no restart.
	SecretFile string `mapstructure:"secret_file"`
}

// CertificateConfig is an application and its certificate.
type CertificateConfig struct {
	// ClientID is the application id.
	ClientID string `mapstructure:"client_id"`
	// File holds certificate and key, as PEM or PKCS#12. It is read again
	// before each token.
	File string `mapstructure:"file"`
	// Password opens a PKCS#12 file; empty for none.
	Password configopaque.String `mapstructure:"password"`
	// SendChain sends the whole chain, for subject name and issuer trust.
	SendChain bool `mapstructure:"send_chain"`
}

// FederatedConfig is an application that has a federated credential for
// another identity: with a managed identity this reaches other tenants without
// any secret.
type FederatedConfig struct {
	// ClientID is the application id.
	ClientID string `mapstructure:"client_id"`
	// ManagedIdentity gives the assertion.
	ManagedIdentity configoptional.Optional[ManagedIdentityConfig] `mapstructure:"managed_identity"`
	// AssertionFile holds the assertion instead; read before each token.
	AssertionFile string `mapstructure:"assertion_file"`
}

// AzureCLIConfig has no settings.
type AzureCLIConfig struct{}

// IsZero is true when no identity is named.
func (c CredentialConfig) IsZero() bool { return len(c.kinds()) == 0 }

// kinds lists the keys that are set.
func (c CredentialConfig) kinds() []string {
	var kinds []string
	for _, kind := range []struct {
		key string
		set bool
	}{
		{"workload_identity", c.WorkloadIdentity.HasValue()},
		{"managed_identity", c.ManagedIdentity.HasValue()},
		{"client_secret", c.ClientSecret.HasValue()},
		{"certificate", c.Certificate.HasValue()},
		{"federated", c.Federated.HasValue()},
		{"azure_cli", c.AzureCLI.HasValue()},
	} {
		if kind.set {
			kinds = append(kinds, kind.key)
		}
	}
	return kinds
}

// Unmarshal lets `managed_identity:` without a value mean the same as
// `managed_identity: {}`. Left out, it would silently be the default chain.
func (c *CredentialConfig) Unmarshal(conf *confmap.Conf) error {
	named := map[string]any{}
	for key, value := range conf.ToStringMap() {
		if value == nil {
			named[key] = map[string]any{}
		}
	}
	if err := conf.Merge(confmap.NewFromStringMap(named)); err != nil {
		return err
	}
	return conf.Unmarshal(c)
}

// Validate reports an identity too many.
func (c CredentialConfig) Validate() error {
	if kinds := c.kinds(); len(kinds) > 1 {
		return fmt.Errorf("must name one identity, got %s", strings.Join(kinds, " and "))
	}
	return nil
}

// Validate reports more than one id.
func (c ManagedIdentityConfig) Validate() error {
	if c.set() > 1 {
		return errors.New(`only one of "client_id", "object_id" and "resource_id" may be set`)
	}
	return nil
}

func (c ManagedIdentityConfig) set() int {
	n := 0
	for _, id := range []string{c.ClientID, c.ObjectID, c.ResourceID} {
		if id != "" {
			n++
		}
	}
	return n
}

// Validate reports a missing client id and a secret given never or twice.
func (c ClientSecretConfig) Validate() error {
	return errors.Join(requireClientID(c.ClientID),
		exactlyOne("secret", c.Secret != "", "secret_file", c.SecretFile != ""))
}

// Validate reports a missing client id or file.
func (c CertificateConfig) Validate() error {
	errs := []error{requireClientID(c.ClientID)}
	if c.File == "" {
		errs = append(errs, errors.New(`"file" must be set`))
	}
	return errors.Join(errs...)
}

// Validate reports a missing client id and an assertion given never or twice.
func (c FederatedConfig) Validate() error {
	return errors.Join(requireClientID(c.ClientID),
		exactlyOne("managed_identity", c.ManagedIdentity.HasValue(), "assertion_file", c.AssertionFile != ""))
}

func requireClientID(id string) error {
	if id == "" {
		return errors.New(`"client_id" must be set`)
	}
	return nil
}

func exactlyOne(first string, hasFirst bool, second string, hasSecond bool) error {
	switch {
	case hasFirst && hasSecond:
		return fmt.Errorf("%q and %q exclude each other", first, second)
	case !hasFirst && !hasSecond:
		return fmt.Errorf("%q or %q must be set", first, second)
	default:
		return nil
	}
}
