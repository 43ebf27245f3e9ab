package entity

func networkKinds() []Kind {
	return []Kind{
		{Name: "ipEvidence", Type: "ip", Evidence: true, Props: list(
			to("ipAddress", "Address"), records("location", "stream"),
			Prop{"countryLetterCode", "Location", Member, "", "CountryCode"},
		)},
		{Name: "urlEvidence", Type: "url", Evidence: true, Props: as("url")},
		{Name: "dnsEvidence", Type: "dns", Evidence: true, Props: list(
			as("domainName"), nestedAll("ipAddresses", "IpAddress", "ipEvidence"),
			nested("dnsServerIp", "DnsServerIp", "ipEvidence"), nested("hostIpAddress", "HostIpAddress", "ipEvidence"),
		)},
		{Name: "networkConnectionEvidence", Type: "network-connection", Evidence: true, Props: list(
			nested("sourceAddress", "SourceAddress", "ipEvidence"), as("sourcePort"),
			nested("destinationAddress", "DestinationAddress", "ipEvidence"), as("destinationPort", "protocol"),
		)},
		{Name: "nicEvidence", Type: "nic", Evidence: true, Props: list(
			nested("ipAddress", "IpAddress", "ipEvidence"), as("macAddress", "vlans"),
		)},
	}
}
