package scenario

import "time"

// phish: a page behind a mailed link takes a password; the thief signs in.
func phish(s *scene) plot {
	victim, lure, via := s.someone(), "Invoice "+s.num(10000, 99999)+" overdue", s.attacker()
	link := "https://login.example.net/" + s.hex(8) + "/signin"
	m := s.mail("Accounts Payable", "billing@invoices.example.net", victim, lure, via)
	m.urls = []string{link, "https://cdn.example.net/logo.png"}
	second, third := s.guid(), s.guid()
	s.wait(time.Minute, 4*time.Minute)
	s.alert(draft{
		from: office365(), title: "Email messages containing malicious URL removed after delivery", severity: "informational",
		about:    "Emails with malicious URL that were delivered and later removed -V1.0.0.3",
		category: "InitialAccess", techniques: []string{"T1566.002"}, policy: asGUID("fa-policy-zap"), threat: "Phish",
	}, malicious(s.message(m)), malicious(s.url(link), "source"), suspicious(s.mailCluster(m, second, third)), s.mailbox(victim))
	s.wait(30*time.Second, 5*time.Minute)
	s.alert(draft{
		from: office365(), title: "A potentially malicious URL click was detected", severity: "high",
		about:    "We have detected that one of your users has recently clicked on a link that was found to be malicious. -V1.0.0.5",
		category: "InitialAccess", also: []string{"CredentialAccess"}, techniques: []string{"T1566.002"}, policy: asGUID("fa-policy-click"),
	}, malicious(s.url(link), "source"), malicious(s.message(m)), suspicious(s.user(victim), "attacked"), s.mailbox(victim))
	for range s.upto(5) {
		clickedToo(s, *m)
	}
	s.wait(time.Minute, 5*time.Minute)
	l := s.logon(victim, via)
	s.alert(draft{
		from: entra(), title: "Unfamiliar sign-in properties", severity: "medium",
		about:    "Sign-in with properties we have not seen recently for the given user",
		category: "CredentialAccess", also: []string{"InitialAccess"}, techniques: []string{"T1078.004"},
	}, suspicious(s.cloudUser(victim), "compromised"), suspicious(s.remote(via), "attacker"), s.logonRequest(l), s.logonSession(l))
	return plot{
		title: "", summary: "A mailed link led to a copied sign-in page. One user entered a password, which was used from abroad minutes later.",
		tags: []string{"phish"}, truth: truly("phishing"), advice: "Reset the password, revoke sessions, purge the campaign.",
	}
}

// clickedToo: the same mail went to somebody else, who followed the link as well.
func clickedToo(s *scene, m message) {
	m.id, m.to = s.guid(), s.colleague(m.to)
	m.internetID = "<" + s.hex(24) + "@mail.invoices.example.net>"
	s.wait(5*time.Second, time.Minute)
	m.sent = s.now
	s.wait(5*time.Second, time.Minute)
	s.alert(draft{
		from: office365(), title: "A user clicked through to a potentially malicious URL", severity: "high",
		about:    "One of your users followed a link after a warning. -V1.0.0.2",
		category: "InitialAccess", techniques: []string{"T1566.002"}, policy: asGUID("fa-policy-through"),
	}, malicious(s.message(&m)), malicious(s.url(m.urls[0]), "source"), suspicious(s.user(m.to), "attacked"), s.mailbox(m.to))
}

// reportedMail: a reader reports a mail; there is nothing in it.
func reportedMail(s *scene) plot {
	reader, sender := s.someone(), s.attacker()
	m := s.mail("Fabrikam Events", "newsletter@events.fabrikam.com", reader, "Your seat at the autumn forum", sender)
	m.urls = []string{"https://events.fabrikam.com/seat/" + s.hex(6)}
	s.wait(2*time.Minute, 12*time.Minute)
	report := s.submission(m, reader)
	s.alert(draft{
		from: office365(), title: "Email reported by user as malware or phish", severity: "low",
		about:    "This alert is triggered when any email message is reported as malware or phish by users -V1.0.0.3",
		category: "InitialAccess", techniques: []string{"T1566"}, policy: asGUID("fa-policy-report"),
	}, suspicious(report), s.message(m), clean(s.mailCluster(m, s.guid())), clean(s.url(m.urls[0])), s.user(reader))
	return plot{
		summary: "A newsletter was reported by its reader. Links and sender are in order.",
		truth:   verdict{"falsePositive", "notMalicious"}, advice: "None.",
	}
}

// businessEmail: a taken mailbox hides answers and asks for a changed bank account.
func businessEmail(s *scene) plot {
	boss, clerk, via := s.org.people[1], s.org.people[8], s.attacker()
	l := s.logon(boss, via)
	s.wait(20*time.Second, 2*time.Minute)
	s.alert(draft{
		from: entra(), title: "Anonymous IP address", severity: "medium",
		about:    "Sign-in from an anonymous IP address (for example Tor browser, anonymizer VPN)",
		category: "InitialAccess", techniques: []string{"T1078.004", "T1090.003"},
	}, suspicious(s.cloudUser(boss), "compromised"), suspicious(s.remote(via), "attacker"), s.logonRequest(l), s.logonSession(l))
	rule := s.inboxRule(boss, ".")
	s.wait(time.Minute, 6*time.Minute)
	s.alert(draft{
		from: cloudApps(), title: "Suspicious inbox manipulation rule", severity: "high",
		about:    "A suspicious inbox rule was set on a user's mailbox: messages holding 'invoice' or 'bank' are moved to RSS Feeds and marked as read.",
		category: "DefenseEvasion", also: []string{"Persistence"}, techniques: []string{"T1564.008"},
	}, malicious(rule, "created"), suspicious(s.mailbox(boss)), suspicious(s.cloudUser(boss), "compromised"), s.remote(via), s.app(exchange()))
	m := s.mail(boss.display, boss.upn, clerk, "Changed bank details for today's transfer", via)
	m.direction = "Intraorg"
	s.wait(time.Minute, 4*time.Minute)
	s.alert(draft{
		from: xdr(), title: "BEC financial fraud", severity: "high",
		about:    "A user whose sign-in was risky sent a message that asks for a payment to a new account.",
		category: "Impact", techniques: []string{"T1657"}, actor: "Storm-0000",
	}, malicious(s.message(m)), suspicious(s.user(boss), "compromised"), s.user(clerk), s.mailbox(clerk))
	return plot{
		title:   "BEC financial fraud attack involving multiple users",
		summary: "A mailbox was taken over, replies were hidden by a rule, and a clerk was asked to pay to a new account.",
		tags:    []string{"BEC", "Finance"}, truth: truly("compromisedAccount"), advice: "Remove the rule, call the bank.",
	}
}

// teamsPhish: somebody outside plays the help desk in a chat.
func teamsPhish(s *scene) plot {
	h := s.desk()
	victim, via := h.owner, s.attacker()
	other := s.colleague(victim)
	tool := binary{name: "QuickFix.exe", folder: `C:\Users\` + victim.account + `\Downloads`, size: 4188160, edition: "teams"}
	link := "https://helpdesk.example.net/quickfix"
	c := &chat{
		id: s.num(1e12, 2e12), thread: "19:" + s.hex(32) + "@thread.v2", channel: "19:" + s.hex(32) + "@thread.tacv2", team: s.guid(),
		campaign: s.guid(), subject: "Help desk", from: "helpdesk@support.example.net", fromTenant: s.guid(), ip: via.addr,
		to: []*person{victim, other}, urls: []string{link}, files: []object{s.file(tool, h)}, sent: s.now,
	}
	s.wait(time.Minute, 5*time.Minute)
	s.alert(draft{
		from: office365(), title: "A Teams message with a malicious link was delivered", severity: "medium",
		about:    "A message from outside the organisation holds a link that was found to be malicious.",
		category: "InitialAccess", techniques: []string{"T1566.003"}, policy: asGUID("fa-policy-teams"),
	}, malicious(s.teamsMessage(c)), malicious(s.url(link), "source"), suspicious(s.user(victim), "attacked"), s.user(other), s.remote(via))
	s.wait(time.Minute, 6*time.Minute)
	run := s.spawn(s.shell(h, victim), h, victim, tool, `"`+tool.folder+`\QuickFix.exe" /support`)
	s.alert(draft{
		from: smartScreen(), title: "User ran an application that SmartScreen warned about", severity: "medium",
		about:    "The user went past the warning and started a downloaded program nobody has seen before.",
		category: "Execution", techniques: []string{"T1204.002"},
	}, s.device(h), malicious(s.file(tool, h)), malicious(s.process(run)), s.user(victim))
	return plot{
		summary: "A false help desk wrote to two users in Teams; one of them ran the tool it offered.", tags: []string{"Teams"},
		truth: truly("phishing"), advice: "Block the sending tenant, isolate the device.",
	}
}
