package scenario

import "time"

// leakedCredential: a password sold elsewhere opens the mailbox and the files of its owner.
func leakedCredential(s *scene) plot {
	p, via := s.someone(), s.attacker()
	s.wait(time.Minute, 3*time.Minute)
	s.alert(draft{
		from: entra(), title: "Leaked Credentials", severity: "high", about: "The user's valid credentials have been leaked.",
		category: "CredentialAccess", techniques: []string{"T1589.001", "T1110.004"},
	}, suspicious(s.cloudUser(p), "compromised"))
	l := s.logon(p, via)
	s.wait(time.Minute, 6*time.Minute)
	s.alert(draft{
		from: entra(), title: "Atypical travel", severity: "medium", about: "Sign-in from an atypical location based on the user's recent sign-ins.",
		category: "InitialAccess", techniques: []string{"T1078.004"},
	}, suspicious(s.cloudUser(p), "compromised"), suspicious(s.remote(via), "attacker"), s.logonRequest(l), suspicious(s.logonSession(l)))
	s.wait(time.Minute, 5*time.Minute)
	e := suspicious(s.cloudUser(p), "compromised")
	account, _ := e["userAccount"].(object)
	account["resourceAccessEvents"] = s.visits(p, via.addr, "https://"+s.org.name+".sharepoint.com/sites/finance", "https://"+s.org.name+".sharepoint.com/sites/board")
	s.alert(draft{
		from: cloudApps(), title: "Mass download by a single user", severity: "medium", about: "A user downloaded more than a hundred files within five minutes.",
		category: "Exfiltration", techniques: []string{"T1567", "T1530"}, also: []string{"Collection"}, policy: s.hex(24),
	}, e, suspicious(s.remote(via), "attacker"), suspicious(s.logonSession(l)), s.app(sharePoint()))
	return plot{
		summary: "A password found in a leak was used from abroad to fetch files of finance.", tags: []string{"Identity"},
		truth: truly("compromisedAccount"), advice: "Reset the password, require strong authentication.",
	}
}

// domainDominance: from one desk to the replication of the whole directory.
func domainDominance(s *scene) plot {
	h, dc := s.desk(), s.org.dc
	thief, admin := h.owner, s.org.admin()
	s.wait(time.Minute, 4*time.Minute)
	s.alert(draft{
		from: identity(), title: "Security principal reconnaissance (LDAP)", severity: "medium", about: thief.display + " on " + h.name + " sent suspicious LDAP queries to " + dc.name + ", searching for groups and accounts of high value.",
		category: "Discovery", techniques: []string{"T1087.002", "T1069.002"},
	}, suspicious(s.device(h), "source"), s.device(dc), suspicious(s.user(thief), "compromised"), s.group("Domain Admins", "512"), s.group("Enterprise Admins", "519"), s.ip(h.ip))
	s.wait(time.Minute, 5*time.Minute)
	tool := binary{name: "rubeus.exe", folder: `C:\Users\Public`, size: 446976, edition: "tool"}
	cmd := s.spawn(s.shell(h, thief), h, thief, windows("cmd.exe", 331776), "cmd.exe /k")
	run := s.spawn(cmd, h, thief, tool, `C:\Users\Public\rubeus.exe kerberoast /outfile:h.txt`)
	s.alert(draft{
		from: endpoint(), title: "Kerberoasting attack", severity: "high", about: "Service tickets were asked for in a way that serves to guess passwords offline.",
		category: "CredentialAccess", techniques: []string{"T1558.003"}, threat: "HackTool:MSIL/Rubeus", family: "Rubeus",
	}, s.device(h), malicious(s.process(run)), malicious(s.file(tool, h)), s.fileHash(tool), s.user(thief))
	s.wait(time.Minute, 5*time.Minute)
	began := s.now
	s.wait(time.Minute, 4*time.Minute)
	controller := malicious(s.device(dc), "attacked")
	controller["resourceAccessEvents"] = s.visits(admin, h.ip, "ldap/"+dc.dns(), "cifs/"+dc.dns())
	s.alert(draft{
		from: identity(), title: "Suspected DCSync attack (replication of directory services)", severity: "high", about: "An actor on " + h.name + " sent replication requests to " + dc.name + ".",
		category: "CredentialAccess", techniques: []string{"T1003.006"},
	}, malicious(s.device(h), "source"), controller, malicious(s.user(admin), "compromised"), s.domain("eu.corp."+s.org.domain, "corp.fabrikam.com"), s.hostSession(admin, dc, "0x"+s.hex(7), began))
	s.wait(time.Minute, 3*time.Minute)
	s.alert(draft{
		from: identity(), title: "Suspicious additions to sensitive groups", severity: "medium", about: thief.display + " was added to Domain Admins by " + admin.display + ".",
		category: "Persistence", techniques: []string{"T1098"},
	}, s.device(dc), suspicious(s.group("Domain Admins", "512"), "edited"), suspicious(s.user(thief), "added"), s.user(admin))
	return plot{
		title:   "Multi-stage incident involving Credential access & Persistence on multiple endpoints",
		summary: "From one desk the directory was read, an administrator's password guessed, and the directory replicated.",
		tags:    []string{"Active Directory"}, truth: truly("multiStagedAttack"), advice: "Reset krbtgt twice, remove the member.",
	}
}

// passwordSpray: a rule of Sentinel and the endpoint see an announced test.
func passwordSpray(s *scene) plot {
	via, server := s.attacker(), s.org.servers[2]
	a, b := s.org.people[5], s.org.people[9]
	s.wait(2*time.Minute, 8*time.Minute)
	s.alert(draft{
		from: sentinelRule(), title: "Password spray against the VPN portal", severity: "medium", about: "More than twenty accounts failed to sign in from one address within ten minutes.",
		category: "CredentialAccess", techniques: []string{"T1110.003"},
		details: object{"FailedAccounts": strs("27"), "Portal": strs("vpn." + s.org.domain), "FirstAccount": strs(a.upn)},
	}, suspicious(s.remote(via), "attacker"), s.user(a), s.user(b), s.url("https://vpn."+s.org.domain+"/login"))
	s.wait(time.Minute, 4*time.Minute)
	worker := s.spawn(s.service(server), server, system(), binary{name: "w3wp.exe", folder: `C:\Windows\System32\inetsrv`, size: 32768, publisher: "Microsoft Corporation", signer: "Microsoft Windows", issuer: "Microsoft Windows Production PCA 2011"}, `w3wp.exe -ap "vpn"`)
	s.alert(draft{
		from: endpoint(), title: "Possible web shell installation", severity: "low", about: "The web server's worker wrote a script into a folder it serves.",
		category: "Persistence", techniques: []string{"T1505.003"},
	}, s.device(server), s.process(worker), s.file(binary{name: "probe.aspx", folder: `C:\inetpub\wwwroot\vpn`, size: 912, edition: "test"}, server))
	return plot{
		summary: "Sign-ins failed in series from one address. The penetration test announced for this week came from there.",
		tags:    []string{"Pentest"}, truth: verdict{"informationalExpectedActivity", "securityTesting"}, advice: "Compare with the test plan.",
	}
}
