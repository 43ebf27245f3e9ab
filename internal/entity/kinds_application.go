package entity

func applicationKinds() []Kind {
	return []Kind{
		{Name: "cloudApplicationEvidence", Type: "cloud-application", Evidence: true, Props: list(
			to("appId", "AppId"), to("saasAppId", "SaasId"), to("displayName", fieldName), as("instanceId", "instanceName"), records("stream"),
		)},
		// Sentinel has no OAuth application; the nearest is the cloud
		// application, whose AppId is a number and so not this GUID.
		{Name: "oauthApplicationEvidence", Type: "cloud-application", Evidence: true, Props: list(
			to("appId", "OAuthAppId"), to("displayName", fieldName), to("objectId", "OAuthObjectId"), as("publisher"),
		)},
		{Name: "aiAgentEvidence", Type: "ai-agent", Evidence: true, Props: as("agentId", "agentName", "hostingPlatformType", "instructions")},
	}
}
