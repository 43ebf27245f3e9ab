package incidentledgerextension

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/extension/extensiontest"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
)

func TestTheLedgerIsThereFromStartToShutdown(t *testing.T) {
	f := NewFactory()
	x, err := f.Create(t.Context(), extensiontest.NewNopSettings(f.Type()), f.CreateDefaultConfig())
	require.NoError(t, err)
	provider := x.(ledger.Provider)
	require.Nil(t, provider.Ledger())
	require.NoError(t, x.Start(t.Context(), componenttest.NewNopHost()))
	require.NotNil(t, provider.Ledger())
	require.NoError(t, x.Shutdown(t.Context()))
	require.Nil(t, provider.Ledger())
}
