package azure

import (
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/monitor/ingestion/azlogs"
	"github.com/stretchr/testify/require"
)

func environment(t *testing.T, config Config) Cloud {
	t.Helper()
	cloud, err := config.Environment()
	require.NoError(t, err)
	return cloud
}

func TestEveryCloudKeepsItsHostsTogether(t *testing.T) {
	for _, tt := range []struct {
		name                                    CloudName
		login, graph, graphScope, arm, armScope string
		ingestionScope, logs, logsScope         string
	}{
		{
			CloudPublic, "https://login.microsoftonline.com",
			"https://graph.microsoft.com", "https://graph.microsoft.com/.default",
			"https://management.azure.com", "https://management.azure.com/.default",
			"https://monitor.azure.com//.default", "https://api.loganalytics.azure.com", "https://api.loganalytics.io/.default",
		},
		{
			CloudUSGov, "https://login.microsoftonline.us",
			"https://graph.microsoft.us", "https://graph.microsoft.us/.default",
			"https://management.usgovcloudapi.net", "https://management.usgovcloudapi.net/.default",
			"https://monitor.azure.us//.default", "https://api.loganalytics.us", "https://api.loganalytics.us/.default",
		},
		{
			CloudUSGovDoD, "https://login.microsoftonline.us",
			"https://dod-graph.microsoft.us", "https://dod-graph.microsoft.us/.default",
			"https://management.usgovcloudapi.net", "https://management.usgovcloudapi.net/.default",
			"https://monitor.azure.us//.default", "https://api.loganalytics.us", "https://api.loganalytics.us/.default",
		},
		{
			CloudChina, "https://login.chinacloudapi.cn",
			"", "/.default",
			"https://management.chinacloudapi.cn", "https://management.chinacloudapi.cn/.default",
			"https://monitor.azure.cn//.default", "https://api.loganalytics.azure.cn", "https://api.loganalytics.azure.cn/.default",
		},
	} {
		t.Run(string(tt.name), func(t *testing.T) {
			c := environment(t, Config{Cloud: tt.name})
			require.Equal(t, tt.name, c.Name())
			require.Equal(t, tt.login, c.hosts.Login)
			require.Equal(t, tt.graph, c.Origin(ServiceGraph))
			require.Equal(t, tt.graphScope, c.Scope(ServiceGraph))
			require.Equal(t, tt.arm, c.Origin(ServiceARM))
			require.Equal(t, tt.armScope, c.Scope(ServiceARM))
			require.Equal(t, tt.ingestionScope, c.Scope(ServiceIngestion))
			require.Equal(t, tt.logs, c.Origin(ServiceLogAnalytics))
			require.Equal(t, tt.logsScope, c.Scope(ServiceLogAnalytics))
			require.Empty(t, c.Origin("none of ours"))
		})
	}
}

func TestHostsAndIngestionScopeAreThoseOfMicrosoftsSDK(t *testing.T) {
	for name, sdk := range map[CloudName]cloud.Configuration{
		CloudPublic: cloud.AzurePublic, CloudUSGov: cloud.AzureGovernment,
		CloudUSGovDoD: cloud.AzureGovernment, CloudChina: cloud.AzureChina,
	} {
		ours := environment(t, Config{Cloud: name})
		require.Equal(t, sdk.ActiveDirectoryAuthorityHost, ours.hosts.Login+"/", name)
		require.Equal(t, sdk.Services[azlogs.ServiceNameIngestion].Audience+"/.default",
			ours.Scope(ServiceIngestion), name)
	}
}

func TestACustomCloudIsMadeOfOrigins(t *testing.T) {
	c := environment(t, Config{Cloud: CloudCustom, Hosts: Hosts{
		Login: "https://LOCALHOST:18443/", Graph: "https://graph.test:443", Ingestion: "https://127.0.0.1:18443",
		LogAnalytics: "https://127.0.0.1:18443/",
	}})
	require.Equal(t, CloudCustom, c.Name())
	require.Equal(t, "https://localhost:18443", c.hosts.Login)
	require.Equal(t, "https://graph.test", c.Origin(ServiceGraph))
	require.Equal(t, "https://127.0.0.1:18443//.default", c.Scope(ServiceIngestion))
	require.Equal(t, "https://127.0.0.1:18443/.default", c.Scope(ServiceLogAnalytics))
}

func TestAMixOfCloudsIsRefused(t *testing.T) {
	for _, tt := range []struct {
		name   string
		config Config
		want   []string
	}{
		{
			"an unknown cloud",
			Config{Cloud: "azure"},
			[]string{`"cloud" must be public, usgov, usgov_dod, china or custom, got "azure"`},
		},
		{
			"hosts beside a named cloud",
			Config{Cloud: CloudUSGov, Hosts: Hosts{Graph: "https://graph.microsoft.com"}},
			[]string{`"hosts" may only be set with cloud custom, got cloud "usgov"`},
		},
		{
			"an unknown cloud with hosts has two faults",
			Config{Hosts: Hosts{Graph: "https://graph.microsoft.com"}},
			[]string{`"cloud" must be`, `"hosts" may only`},
		},
		{
			"custom without login",
			Config{Cloud: CloudCustom},
			[]string{`"hosts::login" must be set with cloud custom`},
		},
		{
			"custom over http, with a path, with a password, all reported",
			Config{Cloud: CloudCustom, Hosts: Hosts{
				Login: "http://login.test", Graph: "https://graph.test/v1.0", ARM: "https://me:geheim@arm.test", Ingestion: "::",
				LogAnalytics: "logs.test",
			}},
			[]string{`"hosts::login" must be an https origin`, `"hosts::graph" must be`, `"hosts::arm" must be`, `"hosts::ingestion" must be`, `"hosts::log_analytics" must be`},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := tt.config.Environment()
			for _, want := range tt.want {
				require.ErrorContains(t, err, want)
			}
			require.NotContains(t, err.Error(), "geheim")
		})
	}
}

func TestAnIngestionEndpointBelongsToTheCloud(t *testing.T) {
	custom := Config{Cloud: CloudCustom, Hosts: Hosts{Login: "https://localhost:1", Ingestion: "https://localhost:1"}}
	for _, tt := range []struct {
		config   Config
		endpoint string
		want     string // "" = accepted
	}{
		{Config{Cloud: CloudPublic}, "https://dce-1.westeurope-1.ingest.monitor.azure.com", ""},
		{Config{Cloud: CloudPublic}, "https://DCE-1.westeurope-1.ingest.monitor.azure.com:443/", ""},
		{Config{Cloud: CloudUSGov}, "https://dce-1.usgovvirginia-1.ingest.monitor.azure.us", ""},
		{Config{Cloud: CloudUSGovDoD}, "https://dce-1.usdodeast-1.ingest.monitor.azure.us", ""},
		{Config{Cloud: CloudChina}, "https://dce-1.chinanorth3-1.ingest.monitor.azure.cn", ""},
		{custom, "https://127.0.0.1:18443", ""},
		{Config{Cloud: CloudPublic}, "https://dce-1.usgovvirginia-1.ingest.monitor.azure.us", "must be in cloud public and end in .ingest.monitor.azure.com"},
		{Config{Cloud: CloudUSGov}, "https://dce-1.westeurope-1.ingest.monitor.azure.com", "must be in cloud usgov"},
		{Config{Cloud: CloudPublic}, "https://ingest.monitor.azure.com.evil.test", "must be in cloud public"},
		{Config{Cloud: CloudPublic}, "https://dce-1.westeurope-1.ingest.monitor.azure.com:8443", "must be in cloud public"},
		{Config{Cloud: CloudPublic}, "http://dce-1.westeurope-1.ingest.monitor.azure.com", "must be an https origin"},
		{Config{Cloud: CloudPublic}, "dce-1.westeurope-1.ingest.monitor.azure.com", "must be an https origin"},
		{custom, "https://127.0.0.1:18443/dataCollectionRules", "must be an https origin"},
		{custom, "", "must be an https origin"},
		{Config{Cloud: "azure"}, "anything: the cloud is at fault already", ""},
	} {
		err := tt.config.CheckIngestionEndpoint(tt.endpoint)
		if tt.want == "" {
			require.NoError(t, err, tt.endpoint)
			continue
		}
		require.ErrorContains(t, err, tt.want, tt.endpoint)
		require.ErrorContains(t, err, `"endpoint"`)
	}
}
