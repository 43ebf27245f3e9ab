package entity

import "strings"

// spelled is the word among words that equals text whatever its case, or text.
func spelled(words []string, text string) string {
	for _, w := range words {
		if strings.EqualFold(w, text) {
			return w
		}
	}
	return text
}

// osFamily is Sentinel's family of a Defender platform (`Windows11`,
// `WindowsServer2022`, `macOS`, `Ubuntu`, …), "" when it is in doubt.
func osFamily(platform string) string {
	p := strings.ToLower(platform)
	switch {
	case strings.HasPrefix(p, "windows"):
		return "Windows"
	case strings.HasPrefix(p, "mac"), p == "os x":
		return "Mac"
	case strings.HasPrefix(p, "android"):
		return "Android"
	case p == "ios", p == "ipados":
		return "IOS"
	}
	for _, linux := range []string{
		"linux", "ubuntu", "debian", "redhat", "rhel", "centos", "suse", "sles", "fedora", "oracle", "amazon", "rocky", "alma", "mariner",
	} {
		if strings.Contains(p, linux) {
			return "Linux"
		}
	}
	return ""
}

// subscription is the subscription in an ARM id, "" without.
func subscription(resourceID string) string {
	const prefix = "/subscriptions/"
	if len(resourceID) < len(prefix) || !strings.EqualFold(resourceID[:len(prefix)], prefix) {
		return ""
	}
	id, _, _ := strings.Cut(resourceID[len(prefix):], "/")
	return id
}
