package entity

// Kinds that are a part of an evidence type only.
const (
	kindFileDetails   = "<fileDetails>"
	kindFileHash      = "<fileHash>"
	kindUserAccount   = "<userAccount>"
	kindParentProcess = "<parentProcess>"
	kindDeviceID      = "<mdeDeviceId>"
	kindRegistryKey   = "<registryKey>"
	kindVM            = "<vmMetadata>"
)

func endpointKinds() []Kind {
	return []Kind{
		{Name: "deviceEvidence", Type: "host", Evidence: true, Props: list(
			to("firstSeenDateTime", "FirstSeenDateTime"), to("mdeDeviceId", "MdatpDeviceId"), to("azureAdDeviceId", "AadDeviceId"),
			via("hostName", "HostName", Hostname), to("ntDomain", "NTDomain"), to("dnsDomain", "DnsDomain"), via("deviceDnsName", "FQDN", FQDN),
			via("osPlatform", "OsPlatform", Platform), to("osBuild", "OsBuild"), to("version", "OSVersion"),
			as("healthStatus", "riskScore", "rbacGroupId", "rbacGroupName", "onboardingStatus"), to("defenderAvStatus", "AvStatus"),
			as("lastIpAddress", "lastExternalIpAddress"), inline("ipInterfaces", "IpInterfaces", "ip"),
			part("vmMetadata", kindVM), records("loggedOnUsers", "resourceAccessEvents"),
		)},
		{Name: kindVM, Type: "host", Props: list(via("resourceId", "AzureID", ResourceID), as("vmId", "cloudProvider"), to("subscriptionId", "SubscriptionId"))},
		{Name: kindDeviceID, Type: "host", Props: list(to("mdeDeviceId", "MdatpDeviceId"))},
		{Name: "fileEvidence", Type: "file", Evidence: true, Props: list(
			aside("mdeDeviceId", fieldHost, kindDeviceID), as("detectionStatus"), part("fileDetails", kindFileDetails),
		)},
		{Name: kindFileDetails, Type: "file", Props: fileDetails()},
		{Name: "fileHashEvidence", Type: "filehash", Evidence: true, Props: list(
			via("algorithm", "Algorithm", Word), to("value", "Value"),
		)},
		{Name: kindFileHash, Type: "filehash", Props: list(via("algorithm", "Algorithm", Word), to("value", "Value"))},
		{Name: "processEvidence", Type: "process", Evidence: true, Props: list(
			aside("mdeDeviceId", fieldHost, kindDeviceID),
			via("processId", "ProcessId", Text), aside("parentProcessId", fieldParentProcess, kindParentProcess),
			to("processCommandLine", "CommandLine"), to("processCreationDateTime", "CreationTimeUtc"),
			aside("parentProcessCreationDateTime", fieldParentProcess, kindParentProcess),
			as("detectionStatus"), nested("imageFile", fieldImageFile, kindFileDetails),
			aside("parentProcessImageFile", fieldParentProcess, kindParentProcess), nested("userAccount", "Account", kindUserAccount),
		)},
		{Name: kindParentProcess, Type: "process", Props: list(
			via("parentProcessId", "ProcessId", Text), to("parentProcessCreationDateTime", "CreationTimeUtc"),
			nested("parentProcessImageFile", fieldImageFile, kindFileDetails),
		)},
		{Name: "malwareEvidence", Type: "malware", Evidence: true, Props: list(
			as("name", "category"), nestedAll("files", "Files", "fileEvidence"), nestedAll("processes", "Processes", "processEvidence"),
		)},
		{Name: "registryKeyEvidence", Type: "registry-key", Evidence: true, Props: list(
			via("registryHive", "Hive", Word), to("registryKey", "Key"),
		)},
		{Name: "registryValueEvidence", Type: "registry-value", Evidence: true, Props: list(
			aside("mdeDeviceId", fieldHost, kindDeviceID),
			aside("registryHive", "Key", kindRegistryKey), aside("registryKey", "Key", kindRegistryKey),
			to("registryValue", "Value"), to("registryValueName", fieldName), via("registryValueType", "ValueType", Word),
		)},
		{Name: kindRegistryKey, Type: "registry-key", Props: list(via("registryHive", "Hive", Word), to("registryKey", "Key"))},
		{Name: "hostLogonSessionEvidence", Type: "host-logon-session", Evidence: true, Props: list(
			as("sessionId"), to("startUtcDateTime", "StartTimeUtc"), to("endUtcDateTime", "EndTimeUtc"),
			nested("host", fieldHost, "deviceEvidence"), nested("account", "Account", "userEvidence"),
		)},
	}
}

func fileDetails() []Prop {
	return list(
		Prop{"sha1", "FileHashes", Hash, "SHA1", ""}, Prop{"sha256", "FileHashes", Hash, "SHA256", ""},
		Prop{"md5", "FileHashes", Hash, "MD5", ""}, Prop{"sha256Ac", "FileHashes", Hash, "SHA256AC", ""},
		to("fileName", fieldName), to("filePath", "Directory"), to("fileSize", "SizeInBytes"),
		as("filePublisher", "signer", "issuer"),
	)
}
