package entitymappingprocessor

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
)

func TestConfigStruct(t *testing.T) {
	require.NoError(t, componenttest.CheckConfigStruct(NewFactory().CreateDefaultConfig()))
}

func TestConfig(t *testing.T) {
	for name, tt := range map[string]struct {
		yaml    map[string]any
		wantErr string
	}{
		"default":        {nil, ""},
		"none":           {map[string]any{"format": "none"}, ""},
		"asim":           {map[string]any{"format": "asim"}, `"format" supports only "none" in this version, got "asim"`},
		"ocsf":           {map[string]any{"format": "ocsf"}, `"format" supports only "none" in this version, got "ocsf"`},
		"something else": {map[string]any{"format": "cef"}, `"format" must be "none", got "cef"`},
		"empty":          {map[string]any{"format": ""}, `"format" must be "none", got ""`},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := createDefaultConfig().(*Config)
			require.NoError(t, confmap.NewFromStringMap(tt.yaml).Unmarshal(cfg))
			err := cfg.Validate()
			if tt.wantErr == "" {
				require.NoError(t, err)
				assert.Equal(t, FormatNone, cfg.Format)
				return
			}
			require.EqualError(t, err, tt.wantErr)
		})
	}
}

func TestUnknownSettingIsRefused(t *testing.T) {
	require.Error(t, confmap.NewFromStringMap(map[string]any{"formats": "none"}).Unmarshal(createDefaultConfig()))
}
