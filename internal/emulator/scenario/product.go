package scenario

// product is who raised an alert: the prefix of its id and its three names must agree.
// Source: MicrosoftDocs/defender-docs defender-xdr/investigate-alerts.md (id prefixes), Graph's
// enums serviceSource and detectionSource.
type product struct {
	prefix, service, detection, name string
}

const mde, mdc = "microsoftDefenderForEndpoint", "microsoftDefenderForCloud"

func endpoint() product { return product{"da", mde, mde, "Microsoft Defender for Endpoint"} }
func antivirus() product {
	return product{"da", mde, "antivirus", "Microsoft Defender for Endpoint"}
}

func smartScreen() product {
	return product{"da", mde, "smartScreen", "Microsoft Defender for Endpoint"}
}

func customDetection() product {
	return product{"ed", mde, "customDetection", "Microsoft Defender for Endpoint"}
}

func xdr() product {
	return product{"ra", "microsoft365Defender", "microsoft365Defender", "Microsoft Defender XDR"}
}

func office365() product {
	return product{"fa", "microsoftDefenderForOffice365", "microsoftDefenderForOffice365", "Microsoft Defender for Office 365"}
}

func identity() product {
	return product{"aa", "microsoftDefenderForIdentity", "microsoftDefenderForIdentity", "Microsoft Defender for Identity"}
}

func cloudApps() product {
	return product{"ca", "microsoftDefenderForCloudApps", "cloudAppSecurity", "Microsoft Defender for Cloud Apps"}
}

func entra() product {
	return product{"ad", "azureAdIdentityProtection", "azureAdIdentityProtection", "Microsoft Entra ID Protection"}
}

func appGovernance() product {
	return product{"ma", "microsoftAppGovernance", "appGovernanceDetection", "App Governance"}
}

func dlp() product {
	return product{"dl", "dataLossPrevention", "microsoftDataLossPrevention", "Microsoft Data Loss Prevention"}
}

func insiderRisk() product {
	return product{"ir", "microsoftInsiderRiskManagement", "microsoftInsiderRiskManagement", "Microsoft Purview Insider Risk Management"}
}

func sentinelRule() product {
	return product{"sn", "microsoftSentinel", "scheduledAlerts", "Microsoft Sentinel"}
}

// defenderForCloud is one of its plans: Storage, Containers, AIServices, IoT and so on.
func defenderForCloud(plan string) product {
	if plan == "" {
		return product{"dc", mdc, mdc, "Microsoft Defender for Cloud"}
	}
	return product{"dc", mdc, "microsoftDefenderFor" + plan, "Microsoft Defender for Cloud"}
}

// newID returns an alert's id and the provider's own one, which is the same without the prefix.
func (p product) newID(s dice, workspace string) (id, provider string) {
	switch p.prefix {
	case "da", "ed":
		provider = s.guid() + "_1"
	case "ca":
		provider = s.hex(24)
	case "ad":
		provider = s.hex(64)
	case "sn":
		provider = workspace + "_" + s.guid()
	default:
		provider = s.guid()
	}
	return p.prefix + provider, provider
}
