package entity

func accountTypes() []Type {
	return []Type{
		{
			Name: "account", Documented: true, OnHost: true, Derive: deriveAccount,
			Identifiers: join(ids(normGUID, "AadUserId"), ids(normSID, "Sid"), ids(normGUID, "ObjectGuid"), ids(normMail, idUPN), ids(normLogin, idLogin),
				ids(normDomain, "DnsDomain", "NTDomain"), refs(fieldHost), ids(normLogin, idBuiltIn, idBareLogin)),
			Sets: []Set{
				strong("AadUserId"), strong("Sid"), strong(idUPN).unless("AadUserId"), strong("ObjectGuid"),
				strong(idLogin, "DnsDomain").unless("AadUserId", "Sid", fieldHost),
				strong(idLogin, "NTDomain", fieldHost).unless("AadUserId", "Sid"),
				strong(idLogin, "NTDomain").unless("AadUserId", "Sid", fieldHost),
				strong(idBuiltIn, fieldHost),
				weak(idBuiltIn).unless(fieldHost),
				weak(idBareLogin).unless("AadUserId", "Sid", idUPN, fieldHost),
			},
		},
		{
			Name: "security-group", Documented: true,
			Identifiers: join(ids(normGUID, "SecurityGroupId"), ids(normSID, "SID"), ids(normGUID, "ObjectGuid"), ids(normName, "DistinguishedName")),
			Sets:        []Set{strong("SID"), strong("ObjectGuid"), strong("DistinguishedName"), strong("SecurityGroupId")},
		},
		{
			Name:        "service-principal",
			Identifiers: ids(normGUID, "ServicePrincipalObjectId", "AppId"),
			Sets:        []Set{strong("ServicePrincipalObjectId"), strong("AppId")},
		},
		simple("active-directory-domain", normDomain, "ActiveDirectoryDomainName"),
		simple("cloud-logon-request", normGUID, "RequestId"),
		simple("cloud-logon-session", normGUID, "SessionId"),
	}
}

func hostTypes() []Type {
	named := []string{"MdatpDeviceId", "AzureID", "AadDeviceId"}
	return []Type{
		{
			Name: "host", Documented: true,
			Identifiers: join(ids(normName, "MdatpDeviceId"), ids(normName, "AzureID"), ids(normGUID, "AadDeviceId"),
				ids(normName, "HostName"), ids(normDomain, "DnsDomain", "NTDomain")),
			Sets: []Set{
				strong("MdatpDeviceId"), strong("AzureID").unless("MdatpDeviceId"), strong("AadDeviceId").unless("MdatpDeviceId"),
				strong("HostName", "DnsDomain").unless(named...), strong("HostName", "NTDomain").unless(named...),
				weak("HostName").unless(append(named, "DnsDomain", "NTDomain")...),
			},
			Words: map[string][]string{"OSFamily": {"Linux", "Windows", "Android", "IOS", "Mac"}},
		},
		{
			Name: "iotdevice", Documented: true,
			Identifiers: join(refs("IoTHub"), ids(normName, "DeviceId")),
			Sets:        []Set{strong("IoTHub", "DeviceId"), weak("DeviceId").unless("IoTHub")},
			Words:       map[string][]string{"Importance": {"Low", "Normal", "High"}},
		},
		{
			Name:        "host-logon-session",
			Identifiers: join(refs(fieldHost), ids(normName, "SessionId"), ids(normTime, "StartTimeUtc")),
			Sets: []Set{
				// Session ids begin again with each boot.
				strong(fieldHost, "SessionId", "StartTimeUtc"),
				weak("SessionId").unless(fieldHost, "StartTimeUtc"),
			},
		},
		simple("nic", normName, "MacAddress"),
	}
}

func fileTypes() []Type {
	return []Type{
		{
			Name: "file", Documented: true, OnHost: true,
			Identifiers: join(ids(normPath, fieldName, "Directory"), ids(normHash, "SHA256", "SHA1", "MD5"), refs(fieldHost)),
			Sets: []Set{
				strong(fieldName, "Directory", "SHA256").keyOnly(), strong(fieldName, "Directory", "SHA1").keyOnly(),
				strong(fieldName, "Directory", "MD5").keyOnly(),
				strong(fieldName, "SHA256").unless("Directory", fieldHost),
				strong(fieldName, "SHA1").unless("Directory", "SHA256", fieldHost),
				strong(fieldName, "MD5").unless("Directory", "SHA256", "SHA1", fieldHost),
				strong(fieldName, "Directory").unless("SHA256", "SHA1", "MD5", fieldHost),
				weak("SHA256").unless(fieldName, "Directory", fieldHost),
			},
		},
		{
			Name: "filehash", Documented: true,
			Identifiers: join(ids(normName, "Algorithm"), ids(normHash, "Value")),
			Sets:        []Set{strong("Algorithm", "Value")},
			Words:       map[string][]string{"Algorithm": {"Unknown", "MD5", "SHA1", "SHA256", "SHA256AC"}},
		},
		{
			Name: "process", Documented: true, OnHost: true,
			Identifiers: join(refs(fieldHost), ids(normPID, "ProcessId"), ids(normTime, "CreationTimeUtc"), ids(normFree, "CommandLine")),
			Sets: []Set{
				strong(fieldHost, "ProcessId", "CreationTimeUtc"),
				weak("ProcessId", "CreationTimeUtc").unless(fieldHost, "CommandLine"),
			},
		},
		{
			Name: "malware", Documented: true,
			Identifiers: ids(normName, fieldName, "Category"),
			Sets:        []Set{strong(fieldName, "Category"), weak(fieldName).unless("Category")},
		},
		{
			Name: "registry-key", Documented: true,
			Identifiers: ids(normName, "Hive", "Key"),
			Sets:        []Set{strong("Hive", "Key")},
			Words: map[string][]string{"Hive": {
				"HKEY_LOCAL_MACHINE", "HKEY_CLASSES_ROOT", "HKEY_CURRENT_CONFIG", "HKEY_USERS", "HKEY_CURRENT_USER_LOCAL_SETTINGS",
				"HKEY_PERFORMANCE_DATA", "HKEY_PERFORMANCE_NLSTEXT", "HKEY_PERFORMANCE_TEXT", "HKEY_A", "HKEY_CURRENT_USER",
			}},
		},
		{
			Name: "registry-value", Documented: true, OnHost: true,
			Identifiers: join(refs("Key", fieldHost), ids(normName, fieldName)),
			Sets:        []Set{strong("Key", fieldName).unless(fieldHost)},
			Words:       map[string][]string{"ValueType": {"String", "Binary", "DWord", "Qword", "MultiString", "ExpandString", "None", "Unknown"}},
		},
	}
}

func networkTypes() []Type {
	ends := []string{"SourceAddress", "SourcePort", "DestinationAddress", "DestinationPort", "Protocol"}
	return []Type{
		{
			Name: "ip", Documented: true, Derive: deriveIP,
			Identifiers: ids(normIP, "Address", idGlobal),
			Sets:        []Set{strong(idGlobal).keyOnly(), weak("Address")},
		},
		{
			Name: "url", Documented: true, Derive: deriveURL,
			Identifiers: join(ids(normURL, "Url"), ids(normText, idRelative)),
			Sets:        []Set{strong("Url"), weak(idRelative)},
		},
		{
			Name: "dns", Documented: true,
			Identifiers: join(ids(normDomain, "DomainName"), refs("DnsServerIp", "HostIpAddress")),
			Sets: []Set{
				strong("DomainName", "DnsServerIp", "HostIpAddress"),
				weak("DomainName").unless("DnsServerIp", "HostIpAddress"),
			},
		},
		{
			Name:        "network-connection",
			Identifiers: join(refs("SourceAddress", "DestinationAddress"), ids(normName, "SourcePort", "DestinationPort", "Protocol")),
			// The same five values occur again and again over time.
			Sets: []Set{weak(ends...)},
		},
	}
}

func mailTypes() []Type {
	submission := []string{"SubmissionId", "NetworkMessageId", "Recipient", "Submitter"}
	return []Type{
		{
			Name: "mailbox", Documented: true,
			Identifiers: ids(normMail, "MailboxPrimaryAddress", "Upn"),
			Sets:        []Set{strong("MailboxPrimaryAddress"), weak("Upn").unless("MailboxPrimaryAddress")},
		},
		{
			Name: "mail-cluster", Documented: true,
			Identifiers: ids(normFree, "Query", "Source"),
			Sets:        []Set{strong("Query", "Source")},
		},
		{
			Name: "mail-message", Documented: true,
			Identifiers: join(ids(normGUID, "NetworkMessageId"), ids(normMail, "Recipient")),
			Sets:        []Set{strong("NetworkMessageId", "Recipient"), weak("NetworkMessageId").unless("Recipient")},
			Words: map[string][]string{
				"AntispamDirection": {"Unknown", "Inbound", "Outbound", "Intraorg"},
				"DeliveryAction":    {"Unknown", "DeliveredAsSpam", "Delivered", "Blocked", "Replaced"},
				"DeliveryLocation":  {"Unknown", "Inbox", "JunkFolder", "DeletedFolder", "Quarantine", "External", "Failed", "Dropped", "Forwarded"},
			},
		},
		{
			Name: "SubmissionMail", Documented: true,
			Identifiers: join(ids(normGUID, "SubmissionId", "NetworkMessageId"), ids(normMail, "Recipient", "Submitter")),
			Sets:        []Set{strong(submission...), weak("SubmissionId").unless(submission[1:]...)},
			Words:       map[string][]string{"ReportType": {"Junk", "Phish", "Malware", "NotJunk"}},
		},
		simple("mailbox-configuration", normText, "ConfigurationId"),
		{
			Name:        "teams-message",
			Identifiers: ids(normText, "MessageId", "ThreadId"),
			Sets:        []Set{strong("MessageId", "ThreadId"), weak("MessageId").unless("ThreadId")},
		},
	}
}

func cloudTypes() []Type {
	return []Type{
		{
			Name: "cloud-application", Documented: true, Derive: deriveApplication,
			Identifiers: join(ids(normGUID, "OAuthAppId"), ids(normName, "AppId", fieldName, "InstanceName", idNameAlone, idAppAlone)),
			Sets: []Set{
				strong("OAuthAppId"), strong("AppId", "InstanceName").unless("OAuthAppId"), strong(idAppAlone).unless("InstanceName", "OAuthAppId"),
				strong(fieldName, "InstanceName").unless("AppId", "OAuthAppId"), strong(idNameAlone).unless("AppId", "InstanceName", "OAuthAppId"),
			},
		},
		{Name: "azure-resource", Documented: true, Identifiers: ids(normName, "ResourceId"), Sets: []Set{strong("ResourceId")}},
		simple("amazon-resource", normText, "AmazonResourceId"),
		{
			Name:        "google-cloud-resource",
			Identifiers: ids(normText, "FullResourceName", "ProjectId", "ResourceType", "ResourceName"),
			Sets: []Set{
				strong("FullResourceName"),
				strong("ProjectId", "ResourceType", "ResourceName").unless("FullResourceName"),
			},
		},
		{
			Name:        "blob-container",
			Identifiers: join(ids(normURL, "Url"), ids(normText, fieldName), refs("StorageResource")),
			Sets:        []Set{strong("Url"), strong("StorageResource", fieldName).unless("Url"), weak(fieldName).unless("Url", "StorageResource")},
		},
		{
			Name:        "blob",
			Identifiers: join(ids(normURL, "Url"), ids(normText, fieldName), refs("BlobContainer")),
			Sets:        []Set{strong("Url"), strong("BlobContainer", fieldName).unless("Url"), weak(fieldName).unless("Url", "BlobContainer")},
		},
		simple("sas-token", normText, "SignatureHash"),
		{Name: "github-organization", Identifiers: ids(normName, "OrgId", "Login"), Sets: []Set{strong("OrgId"), strong("Login").unless("OrgId")}},
		{
			Name:        "github-repo",
			Identifiers: ids(normName, "RepoId", "Owner", "Login"),
			Sets:        []Set{strong("RepoId"), strong("Owner", "Login").unless("RepoId")},
		},
		{Name: "github-user", Identifiers: ids(normName, "UserId", "Login"), Sets: []Set{strong("UserId"), strong("Login").unless("UserId")}},
	}
}

func otherTypes() []Type {
	types := []Type{
		simple("ai-agent", normText, "AgentId"),
		{
			Name:        "container",
			Identifiers: join(ids(normText, "ContainerId", fieldName), refs("Pod")),
			Sets:        []Set{strong("ContainerId"), strong("Pod", fieldName).unless("ContainerId")},
		},
		simple("container-image", normText, "ImageId"),
		simple("container-registry", normName, "Registry"),
		{
			Name:        "kubernetes-cluster",
			Identifiers: join(refs("CloudResource"), ids(normText, fieldName)),
			Sets:        []Set{strong("CloudResource"), weak(fieldName).unless("CloudResource")},
		},
		{
			Name:        "kubernetes-namespace",
			Identifiers: join(refs("Cluster"), ids(normText, fieldName)),
			Sets:        []Set{strong("Cluster", fieldName), weak(fieldName).unless("Cluster")},
		},
	}
	for _, name := range []string{"pod", "controller", "secret", "service", "service-account"} {
		types = append(types, Type{
			Name:        "kubernetes-" + name,
			Identifiers: join(refs("Namespace"), ids(normText, fieldName)),
			Sets:        []Set{strong("Namespace", fieldName), weak(fieldName).unless("Namespace")},
		})
	}
	return types
}
