package azure

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// CloudName is a Microsoft cloud, as the user writes it under `cloud`.
type CloudName string

// The clouds. Tokens of one are refused by another.
const (
	// CloudPublic is the global cloud; GCC uses its hosts too.
	CloudPublic CloudName = "public"
	// CloudUSGov is Azure Government, GCC High (L4).
	CloudUSGov CloudName = "usgov"
	// CloudUSGovDoD is Azure Government for the DoD (L5).
	CloudUSGovDoD CloudName = "usgov_dod"
	// CloudChina is 21Vianet. Graph offers no Defender incidents there.
	CloudChina CloudName = "china"
	// CloudCustom is any other: its origins come from Hosts.
	CloudCustom CloudName = "custom"
)

// Service is one of the hosts a cloud is made of.
type Service string

// The services a component may need.
const (
	ServiceGraph     Service = "graph"
	ServiceARM       Service = "arm"
	ServiceIngestion Service = "ingestion"
	// ServiceLogAnalytics answers KQL queries.
	ServiceLogAnalytics Service = "log_analytics"
)

// Hosts are the https origins of a custom cloud, as `https://host` or
// `https://host:port`. Only login and the services a component uses are needed.
type Hosts struct {
	// Login is the Entra authority. Its instance discovery is switched off:
	// whoever names the host vouches for it.
	Login string `mapstructure:"login"`
	// Graph is Microsoft Graph's origin, without the version.
	Graph string `mapstructure:"graph"`
	// ARM is Azure Resource Manager's origin.
	ARM string `mapstructure:"arm"`
	// Ingestion is the audience of Logs Ingestion tokens. The endpoints that
	// rows are sent to are set with the exporter's rules.
	Ingestion string `mapstructure:"ingestion"`
	// LogAnalytics is the origin of the Log Analytics query API, which is the
	// audience of its tokens too.
	LogAnalytics string `mapstructure:"log_analytics"`
}

// Cloud is the set of hosts and audiences that belong together. The zero value
// is no cloud; take one from [Config.Environment]. It is immutable.
//
// Source: Microsoft Graph national cloud deployments, azlogs v1.1.0 of Logs
// Ingestion and of Log Analytics, cloud_config.go; read 2026-11.
type Cloud struct {
	name              CloudName
	hosts             Hosts
	ingestionSuffix   string
	federatedAudience string
}

// publicAudience is what an identity asks for when its token is to serve as
// another application's assertion.
const publicAudience = "api://AzureADTokenExchange"

// Environment resolves the user's words into one consistent set of hosts. It
// errs for an unknown cloud, for hosts beside a named cloud and for custom
// hosts that are not https origins; all faults are joined.
func (c Config) Environment() (Cloud, error) {
	if c.Cloud == CloudCustom {
		return customCloud(c.Hosts)
	}
	cloud, known := namedCloud(c.Cloud)
	var errs []error
	if !known {
		errs = append(errs, fmt.Errorf(`"cloud" must be public, usgov, usgov_dod, china or custom, got %q`, string(c.Cloud)))
	}
	if c.Hosts != (Hosts{}) {
		errs = append(errs, fmt.Errorf(`"hosts" may only be set with cloud custom, got cloud %q`, string(c.Cloud)))
	}
	return cloud, errors.Join(errs...)
}

func namedCloud(name CloudName) (Cloud, bool) {
	switch name {
	case CloudPublic:
		return Cloud{name, Hosts{
			Login: "https://login.microsoftonline.com", Graph: "https://graph.microsoft.com",
			ARM: "https://management.azure.com", Ingestion: "https://monitor.azure.com",
			LogAnalytics: publicLogAnalytics,
		}, ".ingest.monitor.azure.com", publicAudience}, true
	case CloudUSGov:
		return usGov("https://graph.microsoft.us", name), true
	case CloudUSGovDoD:
		return usGov("https://dod-graph.microsoft.us", name), true
	case CloudChina:
		return Cloud{name, Hosts{
			Login: "https://login.chinacloudapi.cn",
			ARM:   "https://management.chinacloudapi.cn", Ingestion: "https://monitor.azure.cn",
			LogAnalytics: "https://api.loganalytics.azure.cn",
		}, ".ingest.monitor.azure.cn", publicAudience + "China"}, true
	case CloudCustom:
		return Cloud{}, false
	default:
		return Cloud{}, false
	}
}

func usGov(graph string, name CloudName) Cloud {
	return Cloud{name, Hosts{
		Login: "https://login.microsoftonline.us", Graph: graph,
		ARM: "https://management.usgovcloudapi.net", Ingestion: "https://monitor.azure.us",
		LogAnalytics: "https://api.loganalytics.us",
	}, ".ingest.monitor.azure.us", publicAudience + "USGov"}
}

func customCloud(hosts Hosts) (Cloud, error) {
	var errs []error
	if hosts.Login == "" {
		errs = append(errs, errors.New(`"hosts::login" must be set with cloud custom`))
	}
	for _, host := range []struct {
		key   string
		value *string
	}{
		{"login", &hosts.Login},
		{"graph", &hosts.Graph},
		{"arm", &hosts.ARM},
		{"ingestion", &hosts.Ingestion},
		{"log_analytics", &hosts.LogAnalytics},
	} {
		if *host.value == "" {
			continue
		}
		origin, err := ParseOrigin(*host.value)
		if err != nil {
			errs = append(errs, fmt.Errorf(`"hosts::%s" must be %w`, host.key, err))
		}
		*host.value = origin
	}
	return Cloud{CloudCustom, hosts, "", publicAudience}, errors.Join(errs...)
}

// Name is the cloud's name, for the attribute microsoft.cloud.
func (c Cloud) Name() CloudName { return c.name }

// Origin is the https origin of a service, without a slash at the end; for
// [ServiceIngestion] it is the audience, not an endpoint. Empty where the cloud
// does not have the service.
func (c Cloud) Origin(service Service) string {
	switch service {
	case ServiceGraph:
		return c.hosts.Graph
	case ServiceARM:
		return c.hosts.ARM
	case ServiceIngestion:
		return c.hosts.Ingestion
	case ServiceLogAnalytics:
		return c.hosts.LogAnalytics
	default:
		return ""
	}
}

// publicLogAnalytics is the one service whose audience is not its own host.
const (
	publicLogAnalytics         = "https://api.loganalytics.azure.com"
	publicLogAnalyticsAudience = "https://api.loganalytics.io"
)

// Scope is what a token for the service is asked with. The doubled slash of
// Logs Ingestion is Microsoft's: their audience ends in a slash.
func (c Cloud) Scope(service Service) string {
	switch {
	case service == ServiceIngestion:
		return c.hosts.Ingestion + "//.default"
	case service == ServiceLogAnalytics && c.name == CloudPublic:
		return publicLogAnalyticsAudience + "/.default"
	}
	return c.Origin(service) + "/.default"
}

// CheckIngestionEndpoint refuses an endpoint that is no https origin or belongs
// to another cloud. The endpoint is a data collection endpoint, or the
// ingestion endpoint of a DCR of kind Direct.
func (c Cloud) CheckIngestionEndpoint(endpoint string) error {
	origin, err := ParseOrigin(endpoint)
	if err != nil {
		return fmt.Errorf(`"endpoint" must be %w`, err)
	}
	if c.ingestionSuffix == "" {
		return nil
	}
	host, _ := strings.CutPrefix(origin, "https://")
	if !strings.HasSuffix(host, c.ingestionSuffix) {
		return fmt.Errorf(`"endpoint" must be in cloud %s and end in %s, got %q`, c.name, c.ingestionSuffix, endpoint)
	}
	return nil
}

// ParseOrigin checks and normalises `https://host[:port]`: lower case, without
// the default port and the last slash. Its error reads on from "must be".
func ParseOrigin(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil ||
		strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("an https origin without path, like https://host:443, got %q", redactUser(text))
	}
	return originOf(u), nil
}

// redactUser keeps a password that was written into a URL out of messages.
func redactUser(text string) string {
	if at := strings.LastIndexByte(text, '@'); at >= 0 {
		return "…" + text[at:]
	}
	return text
}

// originOf is the normal form in which two origins compare equal.
func originOf(u *url.URL) string {
	host := strings.ToLower(u.Host)
	return strings.ToLower(u.Scheme) + "://" + strings.TrimSuffix(host, ":443")
}
