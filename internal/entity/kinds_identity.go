package entity

func identityKinds() []Kind {
	return []Kind{
		{Name: "userEvidence", Type: "account", Evidence: true, Props: list(records("stream"), part("userAccount", kindUserAccount))},
		{Name: kindUserAccount, Type: "account", Props: userAccount()},
		{Name: "securityGroupEvidence", Type: "security-group", Evidence: true, Props: list(
			as("displayName", "securityGroupId"), to("sid", "SID"), as("distinguishedName", "friendlyName"),
			to("activeDirectoryObjectGuid", "ObjectGuid"),
		)},
		{Name: "servicePrincipalEvidence", Type: "service-principal", Evidence: true, Props: as(
			"servicePrincipalName", "servicePrincipalObjectId", "appId", "tenantId", "appOwnerTenantId", "servicePrincipalType",
		)},
		{Name: "activeDirectoryDomainEvidence", Type: "active-directory-domain", Evidence: true, Props: list(
			as("activeDirectoryDomainName"), nestedAll("trustedDomains", "TrustedDomains", "activeDirectoryDomainEvidence"),
		)},
		{Name: "cloudLogonRequestEvidence", Type: "cloud-logon-request", Evidence: true, Props: as("requestId")},
		{Name: "cloudLogonSessionEvidence", Type: "cloud-logon-session", Evidence: true, Props: list(
			as("sessionId"), nested("account", "Account", "userEvidence"), as("userAgent", "operatingSystem", "browser", "deviceName", "protocol"),
			to("startUtcDateTime", "StartTimeUtc"), as("previousLogonDateTime"),
		)},
	}
}

func userAccount() []Prop {
	return list(
		via("userPrincipalName", "UserPrincipalName", UPN), via("accountName", fieldName, Login), via("domainName", "NTDomain", Domain),
		to("userSid", "Sid"), to("azureAdUserId", "AadUserId"), as("displayName"), to("tenantId", "AadTenantId"),
		to("activeDirectoryObjectGuid", "ObjectGuid"), records("resourceAccessEvents"),
	)
}
