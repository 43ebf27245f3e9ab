package scenario

import "time"

// consentAbuse: an application with a trusted name reads mail by permission.
func consentAbuse(s *scene) plot {
	p, via := s.someone(), s.attacker()
	c := s.client("Document Viewer Pro", "Example Apps", s.guid())
	s.wait(time.Minute, 5*time.Minute)
	s.alert(draft{
		from: cloudApps(), title: "Misleading OAuth app name", severity: "medium", about: "An app was given consent whose name holds foreign letters that resemble Latin ones.",
		category: "InitialAccess", techniques: []string{"T1528", "T1566.002"}, policy: s.hex(24),
	}, suspicious(s.oauth(c), "added"), s.cloudUser(p), s.app(exchange()))
	s.wait(2*time.Minute, 8*time.Minute)
	s.alert(draft{
		from: appGovernance(), title: "App with suspicious OAuth scope made graph calls to read email", severity: "medium", about: "The app reads mail of its users in bulk soon after consent.",
		category: "Collection", techniques: []string{"T1114.002"}, policy: asGUID("ma-policy"),
	}, malicious(s.oauth(c)), malicious(s.servicePrincipal(c, "application"), "source"), s.cloudUser(p), s.mailbox(p), suspicious(s.remote(via), "attacker"))
	return plot{
		summary: "A user consented to an application that then read mail in bulk.", tags: []string{"OAuth"},
		truth: truly("maliciousUserActivity"), advice: "Disable the application, revoke its grants.",
	}
}

// insiderTheft: a leaver takes customer data along.
func insiderTheft(s *scene) plot {
	h := s.desk()
	p := h.owner
	list1 := binary{name: "Customers 2026.xlsx", folder: `C:\Users\` + p.account + `\Documents`, size: 9437184, edition: "dlp" + p.account}
	zip := binary{name: "private.zip", folder: `C:\Users\` + p.account + `\Desktop`, size: 48234496, edition: "dlp" + p.account}
	s.wait(time.Minute, 5*time.Minute)
	s.alert(draft{
		from: dlp(), title: "DLP policy (Customer data) matched for document (" + list1.name + ") in a device", severity: "medium", about: "Sensitive information was found: Credit Card Number (4***-****-****-1***), 112 times.",
		category: "Exfiltration", techniques: []string{"T1052.001"}, policy: asGUID("dlp-policy-customer-data"), details: object{"SensitiveInformation": strs("Credit Card Number"), "MatchedValue": strs("4***-****-****-1***")},
	}, s.device(h), s.file(list1, h), suspicious(s.user(p), "policyViolator"))
	s.wait(time.Minute, 5*time.Minute)
	s.alert(draft{
		from: dlp(), title: "DLP policy (Customer data) matched for upload to a cloud service", severity: "high", about: "A file with sensitive information was uploaded to a service that is not allowed.",
		category: "Exfiltration", techniques: []string{"T1567.002"}, policy: asGUID("dlp-policy-customer-data"),
	}, s.device(h), suspicious(s.file(zip, h)), suspicious(s.user(p), "policyViolator"), s.app(dropbox()), s.url("https://upload.example.net/files"))
	s.wait(time.Minute, 4*time.Minute)
	s.alert(draft{
		from: insiderRisk(), title: "Data theft by departing users", severity: "high", about: "A user who gave notice took more data along than before.",
		category: "Exfiltration", techniques: []string{"T1052"}, policy: asGUID("irm-policy-leavers"),
	}, suspicious(s.user(p), "policyViolator"), s.group("Leavers", "2231"), s.file(zip, h))
	return plot{
		summary: "A leaver packed customer data and uploaded it.", tags: []string{"HR", "Confidential"},
		truth: truly("maliciousUserActivity"), advice: "Talk with HR and legal before the person.",
	}
}

// storageExfiltration: a SAS token of full rights empties a container.
func storageExfiltration(s *scene) plot {
	via, account := s.attacker(), s.org.name+"lake01"
	signature := s.hex(64)
	dump := binary{name: "exports/crm-2026-10.parquet", folder: "", size: 734003200, edition: s.org.tenant}
	s.wait(time.Minute, 4*time.Minute)
	s.alert(draft{
		from: defenderForCloud("Storage"), title: "Unusual SAS token was used to access an Azure storage account from a public IP address", severity: "medium", about: "The token's permissions are wider than those used before.",
		category: "InitialAccess", techniques: []string{"T1078.004"},
	}, suspicious(s.sas(account, signature, via)), s.storage(account), suspicious(s.remote(via), "attacker"))
	s.wait(time.Minute, 6*time.Minute)
	s.alert(draft{
		from: defenderForCloud("Storage"), title: "Unusual amount of data extracted from a storage account", severity: "high", about: "Far more data left the account than usual.",
		category: "Exfiltration", techniques: []string{"T1537"},
	}, suspicious(s.blob(account, "crm", dump)), s.container(account, "crm"), s.storage(account), suspicious(s.sas(account, signature, via)), suspicious(s.remote(via), "destination"), s.fileHash(dump))
	s.wait(time.Minute, 4*time.Minute)
	note := binary{name: "README_RESTORE.html", size: 5120, edition: "note"}
	s.alert(draft{
		from: defenderForCloud("Storage"), title: "Malicious blob was uploaded to a storage account", severity: "high", about: "A scan found malware in a blob that was uploaded.", threat: "Trojan:HTML/Redirector",
		category: "Impact", techniques: []string{"T1485"}, family: "Redirector",
	}, malicious(s.blob(account, "crm", note), "created"), s.container(account, "crm"), s.storage(account), s.fileHash(note))
	return plot{
		summary: "A token signed with the account key was used from outside to fetch exports.", tags: []string{"Cloud"},
		truth: truly("maliciousUserActivity"), advice: "Rotate the key, close public access.",
	}
}

// buildSecrets: a token in a public commit opens the build, AWS and Google.
func buildSecrets(s *scene) plot {
	p, via, o := s.someone(), s.attacker(), s.org
	s.wait(time.Minute, 3*time.Minute)
	s.alert(draft{
		from: defenderForCloud(""), title: "Secret exposed in a public repository", severity: "medium", about: "A valid access key was committed to a public repository.",
		category: "CredentialAccess", techniques: []string{"T1552.001"},
	}, s.gitHubOrg(), suspicious(s.gitHubRepo("deploy-tools"), "source"), s.gitHubUser(p))
	s.wait(time.Minute, 5*time.Minute)
	s.alert(draft{
		from: defenderForCloud(""), title: "AWS access key used from an unusual location", severity: "high", about: "The key of a build user listed buckets and created a new key.",
		category: "Persistence", techniques: []string{"T1098.001", "T1078.004"},
	}, suspicious(s.amazon("iam", "user", "build-"+o.name), "compromised"), s.amazon("s3", "bucket", o.name+"-artifacts"), suspicious(s.remote(via), "attacker"))
	s.wait(time.Minute, 5*time.Minute)
	c := s.client("gh-deploy-"+o.name, "", o.tenant)
	s.alert(draft{
		from: cloudApps(), title: "Multiple VM creation activities", severity: "medium", about: "A federated identity created many machines in a project within minutes.",
		category: "Impact", techniques: []string{"T1496"}, policy: s.hex(24),
	}, suspicious(s.google("compute", "instance", "europe-west1", "worker-"+s.hex(4))), s.servicePrincipal(c, "managedIdentity"), suspicious(s.remote(via), "attacker"))
	return plot{
		summary: "A key committed to a public repository was used in AWS, and from there in a Google project.", tags: []string{"DevOps", "Multi-cloud"},
		truth: truly("compromisedAccount"), advice: "Revoke the key, delete machines, rewrite history.",
	}
}

// agentMisuse: a document tells an agent to give away what it knows.
func agentMisuse(s *scene) plot {
	p, via := s.someone(), s.attacker()
	bot := s.client("HR assistant", "", s.org.tenant)
	instructions := "You answer questions of employees about leave and benefits. Never reveal records of other people."
	s.wait(time.Minute, 5*time.Minute)
	s.alert(draft{
		from: defenderForCloud("AIServices"), title: "A Jailbreak attempt on your Azure AI model deployment was detected by Prompt Shields", severity: "medium", about: "A prompt tried to overrule the system's instructions.",
		category: "PrivilegeEscalation", techniques: []string{"T1548"}, details: object{"PromptSuspiciousSegment": strs("ignore all ******")},
	}, suspicious(s.agent("hr-assistant", instructions), "attacked"), s.cloudUser(p), suspicious(s.remote(via), "attacker"), s.azure("Microsoft.CognitiveServices/accounts", "oai-"+s.org.name))
	s.wait(time.Minute, 5*time.Minute)
	s.alert(draft{
		from: defenderForCloud("AIServices"), title: "Sensitive data anomaly in a response of an AI agent", severity: "high", about: "The agent's answer held a link that carries data outside.",
		category: "Exfiltration", techniques: []string{"T1567"},
	}, malicious(s.agent("hr-assistant", instructions), "compromised"), malicious(s.url("https://img.example.net/p.gif?d="+s.hex(24)), "destination"), s.servicePrincipal(bot, "application"), s.oauth(s.published(bot)))
	return plot{
		summary: "A text given to an agent made it send data out through the address of a picture.", tags: []string{"AI"},
		truth: truly("other"), advice: "Take the agent down, narrow what it can read.",
	}
}

// published is the client with its publisher named after the tenant.
func (s *scene) published(c client) client {
	c.publisher = s.org.name
	return c
}
