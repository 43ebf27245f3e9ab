package scenario

import (
	"fmt"
	"strings"
	"time"
)

// message is one mail to one recipient.
type message struct {
	id, internetID     string
	fromName, from     string
	to                 *person
	subject, senderIP  string
	urls               []string
	attachments        int64
	sent               time.Time
	direction          string // inbound, intraorg, outbound
	delivery, location string
}

// mail sends a message now. All copies of a campaign share sender, subject and address.
func (s *scene) mail(fromName, from string, to *person, subject string, via place) *message {
	_, domain, _ := strings.Cut(from, "@")
	return &message{
		id: s.guid(), internetID: fmt.Sprintf("<%s@mail.%s>", s.hex(24), domain), fromName: fromName, from: from, to: to,
		subject: subject, senderIP: via.addr, sent: s.now, direction: "Inbound", delivery: "Delivered", location: "Inbox",
	}
}

func emailSender(name, address string) object {
	_, domain, _ := strings.Cut(address, "@")
	return object{"displayName": name, "emailAddress": address, "domainName": domain}
}

func (s *scene) message(m *message) object {
	return evidence("analyzedMessageEvidence", object{
		"networkMessageId": m.id, "internetMessageId": m.internetID, "receivedDateTime": stamp(m.sent), "subject": m.subject,
		"p1Sender": emailSender(m.fromName, "bounce+"+m.id[:8]+m.from[strings.IndexByte(m.from, '@'):]),
		"p2Sender": emailSender(m.fromName, m.from),
		"senderIp": m.senderIP, "recipientEmailAddress": m.to.upn,
		"antiSpamDirection": m.direction, "deliveryAction": m.delivery, "deliveryLocation": m.location, "language": "en",
		"threats": strs("Phish"), "threatDetectionMethods": strs("UrlReputation", "AntiPhishMailboxIntelligence"),
		"attachmentsCount": m.attachments, "urlCount": int64(len(m.urls)), "urls": strs(m.urls...),
		"urn": "urn:MailEntity:" + asGUID(m.id+m.to.upn),
	})
}

// mailbox is a person's mailbox.
func (s *scene) mailbox(p *person) object {
	return evidence("mailboxEvidence", object{
		"primaryAddress": p.upn, "displayName": p.display, "upn": p.upn, "userAccount": userAccount(p),
	})
}

// mailCluster is all mails alike to m that were found.
func (s *scene) mailCluster(m *message, others ...string) object {
	ids := strs(append([]string{m.id}, others...)...)
	value := fmt.Sprintf("Subject:%s;P2SenderDomain:%s", m.subject, m.from[strings.IndexByte(m.from, '@')+1:])
	return evidence("mailClusterEvidence", object{
		"clusterBy": "Subject;P2SenderDomain;ContentType", "clusterByValue": value, "emailCount": int64(len(ids)), "networkMessageIds": ids,
		"query": fmt.Sprintf(`( ((NormalizedSubject:"%s") AND (P2SenderDomain:"%s")) ) AND ContentType: 1`, m.subject, m.from[strings.IndexByte(m.from, '@')+1:]),
		"urn":   "urn:MailClusterEntity:" + digest(32, m.subject+m.from),
	})
}

// inboxRule is a rule in somebody's mailbox.
func (s *scene) inboxRule(p *person, name string) object {
	return evidence("mailboxConfigurationEvidence", object{
		"configurationType": "userInboxRule", "configurationId": p.account + `\` + fmt.Sprint(s.between(1e15, 9e15)), "displayName": name,
		"externalDirectoryObjectId": p.oid, "mailboxPrimaryAddress": p.upn, "upn": p.upn,
	})
}

// submission is a mail that its reader reported.
func (s *scene) submission(m *message, reporter *person) object {
	return evidence("submissionMailEvidence", object{
		"submissionId": s.guid(), "submissionDateTime": stamp(s.now), "submitter": reporter.upn, "reportType": "Phish",
		"networkMessageId": m.id, "recipient": m.to.upn, "sender": m.from, "senderIp": m.senderIP, "subject": m.subject,
	})
}

// chat is a message in Teams from somebody outside.
type chat struct {
	id, thread, channel, team, campaign, subject string
	from, fromTenant, ip                         string
	to                                           []*person
	urls                                         []string
	files                                        []object
	sent                                         time.Time
}

func (s *scene) teamsMessage(c *chat) object {
	var urls, files, to list
	for _, u := range c.urls {
		urls = append(urls, s.url(u))
	}
	for _, f := range c.files {
		files = append(files, cloneObject(f))
	}
	for _, p := range c.to {
		to = append(to, p.upn)
	}
	return evidence("teamsMessageEvidence", object{
		"messageId": c.id, "parentMessageId": c.id, "threadId": c.thread, "threadType": "chat", "channelId": c.channel, "groupId": c.team,
		"campaignId": c.campaign, "subject": c.subject, "sourceAppName": "Microsoft Teams", "sourceId": "teams:" + c.id,
		"senderFromAddress": c.from, "senderIP": c.ip, "owningTenantId": c.fromTenant, "isOwned": false, "isExternal": true,
		"recipients": to, "suspiciousRecipients": to[:1:1], "urls": urls, "files": files,
		"receivedDateTime": stamp(c.sent), "lastModifiedDateTime": stamp(c.sent.Add(2 * time.Second)),
		"messageDirection": "inbound", "deliveryAction": "delivered", "deliveryLocation": "teams",
	})
}
