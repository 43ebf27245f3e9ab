package azure

import (
	"encoding/base64"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/config/configoptional"
)

func TestASecretFileIsReadAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "secret")
		config := custom()
		config.Credential = CredentialConfig{ClientSecret: configoptional.Some(ClientSecretConfig{ClientID: appID, SecretFile: file})}
		c := graph(t, connect(t, config, emulated(t, nil)))
		try := func() error {
			_, err := get(t.Context(), c, "https://cloud.test/v1.0/thing")
			return err
		}

		err := try()
		require.ErrorIs(t, err, os.ErrNotExist)
		require.Equal(t, ClassRetryable, ClassOf(err), "Start does not fail for it, and it may still appear")
		require.Contains(t, Remedy(err), "file")

		write(t, file, "not yet")
		require.EqualError(t, stripRequest(try()), "get thing: get token: 401 AADSTS7000215")

		write(t, file, "emulator")
		require.NoError(t, try())

		write(t, file, "broken")
		time.Sleep(50 * time.Minute)
		require.NoError(t, try(), "the token still lives")
		time.Sleep(10 * time.Minute)
		require.Error(t, try())

		write(t, file, "emulator\n")
		require.NoError(t, try())
	})
}

// stripRequest cuts the request id, which is another each time.
func stripRequest(err error) error {
	text, _, _ := strings.Cut(err.Error(), ", request ")
	return errors.New(text)
}

func TestACertificateFileIsReadAgain(t *testing.T) {
	file := filepath.Join(t.TempDir(), "cert.pem")
	pems := []string{certificate(t), certificate(t)}
	var thumbprints []string
	rt := emulated(t, func(form url.Values) {
		header, _, _ := strings.Cut(form.Get("client_assertion"), ".")
		decoded, err := base64.RawURLEncoding.DecodeString(header)
		require.NoError(t, err)
		thumbprints = append(thumbprints, string(decoded))
	})
	config := custom()
	config.Credential = CredentialConfig{Certificate: configoptional.Some(CertificateConfig{ClientID: appID, File: file})}
	credential, err := connect(t, config, rt).credential(identity{tenantID: tenantA})
	require.NoError(t, err)
	ask := func() error {
		_, err := credential.ask(t.Context(), "https://cloud.test/.default", tokenRequest{})
		return err
	}

	write(t, file, "no certificate")
	require.EqualError(t, ask(), "get token: parse "+file+": no certificate with its key, or a wrong password")

	for _, text := range pems {
		write(t, file, text)
		require.NoError(t, ask())
		require.NoError(t, ask(), "the same file: azidentity's own cache answers")
	}
	require.Len(t, thumbprints, 2)
	require.NotEqual(t, thumbprints[0], thumbprints[1])
}

func TestACredentialFileWithoutEndIsRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	write(t, file, strings.Repeat("x", credentialFileBytesMax+1))
	_, err := readFile(file)
	require.ErrorContains(t, err, "larger than 1048576 bytes")
	write(t, file, strings.Repeat("x", credentialFileBytesMax))
	content, err := readFile(file)
	require.NoError(t, err)
	require.Len(t, content, credentialFileBytesMax)
}
