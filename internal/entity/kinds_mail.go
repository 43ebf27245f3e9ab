package entity

const (
	kindP1Sender = "<p1Sender>"
	kindP2Sender = "<p2Sender>"
)

func mailKinds() []Kind {
	return []Kind{
		{Name: "analyzedMessageEvidence", Type: "mail-message", Evidence: true, Props: list(
			as("networkMessageId", "internetMessageId", "subject", "language"), to("senderIp", "SenderIP"),
			via("recipientEmailAddress", "Recipient", Mail), via("antiSpamDirection", "AntispamDirection", Word),
			via("deliveryAction", "DeliveryAction", Word), via("deliveryLocation", "DeliveryLocation", Word),
			as("urn", "threats", "threatDetectionMethods", "urls", "urlCount", "attachmentsCount"),
			to("receivedDateTime", "ReceivedDate"),
			// What the recipient sees as the sender comes first as Sender.
			part("p2Sender", kindP2Sender), part("p1Sender", kindP1Sender),
		)},
		{Name: kindP1Sender, Type: "mail-message", Props: sender("P1Sender")},
		{Name: kindP2Sender, Type: "mail-message", Props: sender("P2Sender")},
		{Name: "mailboxEvidence", Type: "mailbox", Evidence: true, Props: list(
			via("primaryAddress", "MailboxPrimaryAddress", Mail), as("displayName"), via("upn", "Upn", Mail), nested("userAccount", "Account", kindUserAccount),
		)},
		{Name: "mailClusterEvidence", Type: "mail-cluster", Evidence: true, Props: list(
			as("networkMessageIds"), to("emailCount", "MailCount"), as("query", "urn", "clusterBy", "clusterByValue"),
		), Constants: []Constant{{"Source", "O365 ATP"}}},
		{Name: "mailboxConfigurationEvidence", Type: "mailbox-configuration", Evidence: true, Props: list(
			as("configurationId", "configurationType", "displayName", "externalDirectoryObjectId"),
			via("mailboxPrimaryAddress", "MailboxPrimaryAddress", Mail), via("upn", "Upn", Mail),
		)},
		{Name: "submissionMailEvidence", Type: "SubmissionMail", Evidence: true, Props: list(
			as("submissionId", "networkMessageId"), to("submissionDateTime", "SubmissionDate"), via("submitter", "Submitter", Mail),
			via("recipient", "Recipient", Mail), via("sender", "Sender", Mail), as("senderIp", "subject"), via("reportType", "ReportType", Word),
		)},
		{Name: "teamsMessageEvidence", Type: "teams-message", Evidence: true, Props: list(
			as("messageId", "parentMessageId", "threadId", "threadType", "channelId", "groupId", "owningTenantId", "campaignId"),
			as("sourceId", "sourceAppName"), via("senderFromAddress", "SenderFromAddress", Mail), as("senderIP"),
			as("recipients", "suspiciousRecipients", "subject", "receivedDateTime", "lastModifiedDateTime", "messageDirection"),
			as("deliveryAction", "deliveryLocation", "isExternal", "isOwned"),
			nestedAll("files", "Files", "fileEvidence"), nestedAll("urls", "Urls", "urlEvidence"),
		)},
	}
}

func sender(field string) []Prop {
	return []Prop{
		{Source: "emailAddress", Field: field, Via: Mail, Also: "Sender"},
		{Source: "displayName", Field: field + "DisplayName"},
		{Source: "domainName", Field: field + "Domain"},
	}
}
