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
		want    Format
		wantErr string
	}{
		"default":        {nil, FormatNone, ""},
		"none":           {map[string]any{"format": "none"}, FormatNone, ""},
		"asim":           {map[string]any{"format": "asim"}, FormatASIM, ""},
		"ocsf":           {map[string]any{"format": "ocsf"}, FormatOCSF, ""},
		"something else": {map[string]any{"format": "cef"}, "cef", `"format" must be "none", "asim" or "ocsf", got "cef"`},
		"in capitals":    {map[string]any{"format": "ASIM"}, "ASIM", `"format" must be "none", "asim" or "ocsf", got "ASIM"`},
		"empty":          {map[string]any{"format": ""}, "", `"format" must be "none", "asim" or "ocsf", got ""`},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := createDefaultConfig().(*Config)
			require.NoError(t, confmap.NewFromStringMap(tt.yaml).Unmarshal(cfg))
			assert.Equal(t, tt.want, cfg.Format)
			err := cfg.Validate()
			if tt.wantErr == "" {
				require.NoError(t, err)
				return
			}
			require.EqualError(t, err, tt.wantErr)
		})
	}
}

func TestUnknownSettingIsRefused(t *testing.T) {
	require.Error(t, confmap.NewFromStringMap(map[string]any{"formats": "none"}).Unmarshal(createDefaultConfig()))
}
