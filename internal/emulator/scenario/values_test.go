package scenario

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// What each technique is used for here. Source: MITRE ATT&CK Enterprise v17, tactics of a technique.
func tactics() map[string]string {
	return map[string]string{
		"T1003.001": "CredentialAccess", "T1003.006": "CredentialAccess", "T1021.002": "LateralMovement", "T1052": "Exfiltration",
		"T1052.001": "Exfiltration", "T1059": "Execution", "T1059.001": "Execution", "T1069.002": "Discovery", "T1071.001": "CommandAndControl",
		"T1071.004": "CommandAndControl", "T1078.004": "InitialAccess Persistence PrivilegeEscalation DefenseEvasion", "T1087.002": "Discovery",
		"T1090.003": "CommandAndControl", "T1091": "InitialAccess LateralMovement", "T1098": "Persistence PrivilegeEscalation",
		"T1098.001": "Persistence PrivilegeEscalation", "T1105": "CommandAndControl", "T1110.001": "CredentialAccess", "T1110.003": "CredentialAccess",
		"T1110.004": "CredentialAccess", "T1114.002": "Collection", "T1133": "InitialAccess Persistence", "T1204.002": "Execution", "T1485": "Impact",
		"T1486": "Impact", "T1490": "Impact", "T1496": "Impact", "T1505.003": "Persistence", "T1528": "CredentialAccess", "T1530": "Collection",
		"T1537": "Exfiltration", "T1547.001": "Persistence PrivilegeEscalation", "T1548": "PrivilegeEscalation DefenseEvasion", "T1552.001": "CredentialAccess",
		"T1552.007": "CredentialAccess", "T1558.003": "CredentialAccess", "T1564.008": "DefenseEvasion", "T1566": "InitialAccess", "T1566.002": "InitialAccess",
		"T1566.003": "InitialAccess", "T1567": "Exfiltration", "T1567.002": "Exfiltration", "T1570": "LateralMovement", "T1589.001": "Reconnaissance",
		"T1610": "DefenseEvasion Execution", "T1611": "PrivilegeEscalation", "T1657": "Impact",
	}
}

func TestTechniquesFitTheCategory(t *testing.T) {
	known := tactics()
	for _, incident := range wholeStories(t) {
		for _, a := range alertsOf(incident) {
			categories, _ := a["categories"].(list)
			techniques, _ := a["mitreTechniques"].(list)
			if len(categories) == 0 || categories[0] != a["category"] || len(techniques) == 0 {
				t.Errorf("%v: category %v of %v, techniques %v", a["title"], a["category"], categories, techniques)
			}
			fits := false
			for _, technique := range techniques {
				of := known[text(technique)]
				if of == "" {
					t.Errorf("%v: nobody knows technique %v", a["title"], technique)
				}
				for _, c := range categories {
					fits = fits || slices.Contains(strings.Fields(of), text(c))
				}
			}
			if !fits {
				t.Errorf("%v: none of %v serves %v", a["title"], techniques, categories)
			}
		}
	}
}

var (
	addressPattern = regexp.MustCompile(`^[0-9a-f.:]+$`)
	domainPattern  = regexp.MustCompile(`(?:https?://|@)([a-z0-9.-]+\.[a-z]{2,})\b`)
)

func reserved() []netip.Prefix {
	var out []netip.Prefix
	for _, p := range []string{
		"192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32",
		"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "::1/128", "fe80::/10",
	} {
		out = append(out, netip.MustParsePrefix(p))
	}
	return out
}

func TestValuesAreReservedForDocumentation(t *testing.T) {
	ranges := reserved()
	addresses, domains := 0, 0
	checkText := func(path, v string) {
		if a, err := netip.ParseAddr(v); err == nil && addressPattern.MatchString(v) {
			addresses++
			if !slices.ContainsFunc(ranges, func(p netip.Prefix) bool { return p.Contains(a) }) {
				t.Errorf("%s: %s is somebody's address", path, v)
			}
		}
		for _, m := range domainPattern.FindAllStringSubmatch(v, -1) {
			domains++
			if !ours(m[1]) {
				t.Errorf("%s: %s is somebody's domain", path, m[1])
			}
		}
	}
	for _, step := range append(lifeOf(t), play(t, "every-type", settings(0))...) {
		walk(step.Incident, func(o object) {
			for key, v := range o {
				checkText(key, text(v))
				items, _ := v.(list)
				for _, item := range items {
					checkText(key, text(item))
				}
			}
		})
	}
	if addresses < 500 || domains < 500 {
		t.Errorf("only %d addresses and %d domains looked at", addresses, domains)
	}
}

// ours says whether a domain is reserved, or a service's own one in which only the path or the
// tenant's name in front is told.
func ours(domain string) bool {
	for _, suffix := range []string{
		"contoso.com", "fabrikam.com", "example.net", "security.microsoft.com", "portal.azure.com", "github.com",
		"learn.microsoft.com", "contoso.sharepoint.com", "fabrikam.sharepoint.com", "contosolake01.blob.core.windows.net", "fabrikamlake01.blob.core.windows.net",
	} {
		if domain == suffix || strings.HasSuffix(domain, "."+suffix) {
			return true
		}
	}
	return false
}

func TestStampTrimsTrailingZeros(t *testing.T) {
	for unit, want := range map[time.Duration]string{
		1: "2026-11-20T09:30:00.1234567Z", 10 * time.Microsecond: "2026-11-20T09:30:00.12345Z",
		10 * time.Millisecond: "2026-11-20T09:30:00.12Z", time.Second: "2026-11-20T09:30:00Z",
	} {
		if got := stamp(start().Truncate(unit).In(time.FixedZone("", 3600))); got != want {
			t.Errorf("cut to %v: got %s, want %s", unit, got, want)
		}
	}
}

// All the ways a service rounds its times occur.
func TestFractionsOfEveryLength(t *testing.T) {
	lengths := map[int]int{}
	for _, step := range lifeOf(t) {
		_, fraction, _ := strings.Cut(strings.TrimSuffix(text(step.Incident["lastUpdateDateTime"]), "Z"), ".")
		lengths[len(fraction)]++
	}
	for _, n := range []int{0, 1, 2, 7} {
		if lengths[n] == 0 {
			t.Errorf("no time has %d fractional digits: %v", n, lengths)
		}
	}
}
