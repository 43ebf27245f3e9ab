package azure

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// source says how an azidentity credential is made, and from which files.
type source struct {
	files []string
	// build gets the files' contents, in order.
	build func(contents [][]byte) (azcore.TokenCredential, error)
}

// maker knows what every identity of a component has in common.
type maker struct {
	cloud     Cloud
	transport policy.Transporter
	tenantID  string
}

// options are azidentity's. Its own retries are off, like the pipeline's.
func (m maker) options() policy.ClientOptions {
	return policy.ClientOptions{
		Cloud:     cloud.Configuration{ActiveDirectoryAuthorityHost: m.cloud.hosts.Login + "/"},
		Retry:     policy.RetryOptions{MaxRetries: -1},
		Transport: m.transport,
	}
}

// custom is whether instance discovery is off: it would ask Microsoft's global
// login whether it knows the user's host.
func (m maker) custom() bool { return m.cloud.name == CloudCustom }

// source picks the identity that the configuration names. It errs where that
// identity needs a tenant and none is given.
func (m maker) source(c CredentialConfig) (source, error) {
	applies := c.ClientSecret.HasValue() || c.Certificate.HasValue() || c.Federated.HasValue()
	if applies && m.tenantID == "" {
		return source{}, errors.New(`"tenant_id" must be set with an application's credential`)
	}
	switch {
	case c.WorkloadIdentity.HasValue():
		return m.workloadIdentity(*c.WorkloadIdentity.Get()), nil
	case c.ManagedIdentity.HasValue():
		return m.managedIdentity(*c.ManagedIdentity.Get()), nil
	case c.ClientSecret.HasValue():
		return m.clientSecret(*c.ClientSecret.Get()), nil
	case c.Certificate.HasValue():
		return m.certificate(*c.Certificate.Get()), nil
	case c.Federated.HasValue():
		return m.federated(*c.Federated.Get()), nil
	case c.AzureCLI.HasValue():
		return m.azureCLI(), nil
	default:
		return m.defaultChain(), nil
	}
}

func (m maker) workloadIdentity(c WorkloadIdentityConfig) source {
	return source{build: func([][]byte) (azcore.TokenCredential, error) {
		return azidentity.NewWorkloadIdentityCredential(&azidentity.WorkloadIdentityCredentialOptions{
			ClientOptions:            m.options(),
			ClientID:                 c.ClientID,
			DisableInstanceDiscovery: m.custom(),
			TenantID:                 m.tenantID,
			TokenFilePath:            c.TokenFile,
		})
	}}
}

func (m maker) managedIdentity(c ManagedIdentityConfig) source {
	return source{build: func([][]byte) (azcore.TokenCredential, error) { return m.newManagedIdentity(c) }}
}

func (m maker) newManagedIdentity(c ManagedIdentityConfig) (azcore.TokenCredential, error) {
	options := azidentity.ManagedIdentityCredentialOptions{ClientOptions: m.options()}
	switch {
	case c.ClientID != "":
		options.ID = azidentity.ClientID(c.ClientID)
	case c.ObjectID != "":
		options.ID = azidentity.ObjectID(c.ObjectID)
	case c.ResourceID != "":
		options.ID = azidentity.ResourceID(c.ResourceID)
	}
	return azidentity.NewManagedIdentityCredential(&options)
}

func (m maker) clientSecret(c ClientSecretConfig) source {
	made := source{build: func(contents [][]byte) (azcore.TokenCredential, error) {
		secret := string(c.Secret)
		if len(contents) == 1 {
			secret = strings.TrimSpace(string(contents[0]))
		}
		return azidentity.NewClientSecretCredential(m.tenantID, c.ClientID, secret,
			&azidentity.ClientSecretCredentialOptions{
				ClientOptions: m.options(), DisableInstanceDiscovery: m.custom(),
			})
	}}
	if c.SecretFile != "" {
		made.files = []string{c.SecretFile}
	}
	return made
}

func (m maker) certificate(c CertificateConfig) source {
	return source{
		files: []string{c.File},
		build: func(contents [][]byte) (azcore.TokenCredential, error) {
			var password []byte
			if c.Password != "" {
				password = []byte(string(c.Password))
			}
			chain, key, err := azidentity.ParseCertificates(contents[0], password)
			if err != nil {
				return nil, fmt.Errorf("parse %s: no certificate with its key, or a wrong password", c.File)
			}
			return azidentity.NewClientCertificateCredential(m.tenantID, c.ClientID, chain, key,
				&azidentity.ClientCertificateCredentialOptions{
					ClientOptions: m.options(), DisableInstanceDiscovery: m.custom(),
					SendCertificateChain: c.SendChain,
				})
		},
	}
}

func (m maker) federated(c FederatedConfig) source {
	return source{build: func([][]byte) (azcore.TokenCredential, error) {
		assert := func(context.Context) (string, error) {
			content, err := readFile(c.AssertionFile)
			return strings.TrimSpace(string(content)), err
		}
		if c.ManagedIdentity.HasValue() {
			identity, err := m.newManagedIdentity(*c.ManagedIdentity.Get())
			if err != nil {
				return nil, err
			}
			assert = func(ctx context.Context) (string, error) {
				token, err := identity.GetToken(ctx, policy.TokenRequestOptions{
					Scopes: []string{m.cloud.federatedAudience + "/.default"},
				})
				return token.Token, err
			}
		}
		return azidentity.NewClientAssertionCredential(m.tenantID, c.ClientID, traced(assert),
			&azidentity.ClientAssertionCredentialOptions{
				ClientOptions: m.options(), DisableInstanceDiscovery: m.custom(),
			})
	}}
}

func (m maker) azureCLI() source {
	return source{build: func([][]byte) (azcore.TokenCredential, error) {
		return azidentity.NewAzureCLICredential(&azidentity.AzureCLICredentialOptions{TenantID: m.tenantID})
	}}
}

func (m maker) defaultChain() source {
	return source{build: func([][]byte) (azcore.TokenCredential, error) {
		options := azidentity.DefaultAzureCredentialOptions{
			ClientOptions: m.options(), DisableInstanceDiscovery: m.custom(), TenantID: m.tenantID,
		}
		if m.tenantID != "" {
			// The environment names the application's home tenant; a
			// customer's tenant is asked for by the same application.
			options.AdditionallyAllowedTenants = []string{m.tenantID}
		}
		return azidentity.NewDefaultAzureCredential(&options)
	}}
}

// extensionSource is an identity that an extension provides.
func extensionSource(credential azcore.TokenCredential) source {
	return source{build: func([][]byte) (azcore.TokenCredential, error) { return credential, nil }}
}
