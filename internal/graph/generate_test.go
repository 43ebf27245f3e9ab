package graph

import (
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
)

// generator writes seeded documents in the shape of the service's: all
// declared keys, null where empty, evidence of several types.
type generator struct {
	*rand.Rand
	strings.Builder
}

func newGenerator(seed uint64) *generator {
	return &generator{Rand: rand.New(rand.NewPCG(seed, 2026))}
}

func (g *generator) hex(n int) string {
	const digits = "0123456789abcdef"
	b := make([]byte, n)
	for i := range b {
		b[i] = digits[g.IntN(len(digits))]
	}
	return string(b)
}

func (g *generator) guid() string {
	return g.hex(8) + "-" + g.hex(4) + "-4" + g.hex(3) + "-a" + g.hex(3) + "-" + g.hex(12)
}

func (g *generator) time() string {
	return fmt.Sprintf("2026-02-%02dT%02d:%02d:%02d.%dZ", 1+g.IntN(28), g.IntN(24), g.IntN(60), g.IntN(60), 1+g.IntN(9999999))
}

func (g *generator) words(n int) string {
	list := []string{"suspicious", "process", "was", "observed", "on", "the", "device", "after", "logon", "from", "unusual", "location", "credential", "access", "attempt"}
	out := make([]string, n)
	for i := range out {
		out[i] = list[g.IntN(len(list))]
	}
	return strings.Join(out, " ")
}

// members writes "name":value pairs; a value is written as it stands.
func (g *generator) members(pairs ...string) {
	for i := 0; i < len(pairs); i += 2 {
		if i > 0 {
			g.WriteByte(',')
		}
		g.WriteString(strconv.Quote(pairs[i]) + ":" + pairs[i+1])
	}
}

func q(s string) string { return strconv.Quote(s) }

func (g *generator) file(name string) string {
	return `{"sha1":` + q(g.hex(40)) + `,"sha256":` + q(g.hex(64)) + `,"md5":null,"sha256Ac":null,"fileName":` + q(name) +
		`,"filePath":"C:\\Windows\\System32\\WindowsPowerShell\\v1.0","fileSize":` + strconv.Itoa(g.IntN(9_000_000)) +
		`,"filePublisher":"Microsoft Corporation","signer":null,"issuer":null}`
}

func (g *generator) account() string {
	return `{"accountName":` + q("user"+g.hex(4)) + `,"domainName":"CONTOSO","userSid":"S-1-5-21-2144799004-2815524614-4183675894-` + strconv.Itoa(g.IntN(9999)) +
		`","azureAdUserId":` + q(g.guid()) + `,"userPrincipalName":` + q("user"+g.hex(4)+"@contoso.com") + `,"displayName":null,"activeDirectoryObjectGuid":null,"resourceAccessEvents":[]}`
}

func (g *generator) evidence() {
	g.WriteByte('{')
	kind := g.IntN(4)
	g.members("@odata.type", q("#microsoft.graph.security."+[]string{"device", "user", "ip", "process"}[kind]+"Evidence"),
		"createdDateTime", q(g.time()), "verdict", q("suspicious"), "remediationStatus", q("active"), "remediationStatusDetails", "null",
		"roles", "[]", "detailedRoles", `["PrimaryDevice"]`, "tags", "[]")
	g.WriteByte(',')
	switch kind {
	case 0:
		g.members("firstSeenDateTime", q(g.time()), "mdeDeviceId", q(g.hex(40)), "azureAdDeviceId", "null", "deviceDnsName", q("host-"+g.hex(6)+".contoso.com"),
			"hostName", q("host-"+g.hex(6)), "ntDomain", "null", "dnsDomain", q("contoso.com"), "osPlatform", q("Windows11"), "osBuild", "26200", "version", q("25H2"),
			"healthStatus", q("active"), "riskScore", q("high"), "rbacGroupId", "125", "rbacGroupName", q("Clients"), "onboardingStatus", q("onboarded"),
			"defenderAvStatus", q("unknown"), "lastIpAddress", q("172.23.38.127"), "lastExternalIpAddress", q("93.65.246.85"),
			"ipInterfaces", `["172.19.50.102","fe80::2f21:c88a:d280:d1dd","127.0.0.1","::1"]`, "vmMetadata", "null", "loggedOnUsers", "[]", "resourceAccessEvents", "[]")
	case 1:
		g.members("stream", "null", "userAccount", g.account())
	case 2:
		g.members("ipAddress", q(fmt.Sprintf("10.%d.%d.%d", g.IntN(256), g.IntN(256), g.IntN(256))), "countryLetterCode", "null", "stream", "null",
			"location", `{"city":"Seattle","countryName":"US","state":"WA","latitude":47.`+strconv.Itoa(1+g.IntN(9999)*2)+`,"longitude":-122.3321}`)
	default:
		g.members("processId", strconv.Itoa(g.IntN(30000)), "parentProcessId", strconv.Itoa(g.IntN(30000)),
			"processCommandLine", `"\"powershell.exe\" -enc `+g.hex(80)+`"`, "processCreationDateTime", q(g.time()), "parentProcessCreationDateTime", q(g.time()),
			"detectionStatus", q("detected"), "mdeDeviceId", q(g.hex(40)), "imageFile", g.file("powershell.exe"), "parentProcessImageFile", g.file("explorer.exe"), "userAccount", g.account())
	}
	g.WriteByte('}')
}

// alert writes one alert of at least size bytes.
func (g *generator) alert(size int, incident string) {
	start := g.Len()
	g.WriteByte('{')
	id := g.guid()
	g.members("id", q("da"+id+"_1"), "providerAlertId", q(id+"_1"), "incidentId", q(incident), "status", q("new"), "severity", q("medium"),
		"classification", q("truePositive"), "determination", q("multiStagedAttack"), "serviceSource", q("microsoftDefenderForEndpoint"),
		"detectionSource", q("microsoftDefenderForEndpoint"), "productName", q("Microsoft Defender for Endpoint"), "detectorId", q(g.guid()), "tenantId", q(g.guid()),
		"title", q(g.words(6)), "description", q(g.words(min(60, size/40))), "recommendedActions", q(g.words(min(90, size/40))), "category", q("Persistence"), "assignedTo", "null",
		"alertWebUrl", q("https://security.microsoft.com/alerts/da"+id+"_1?tid="+g.guid()), "incidentWebUrl", q("https://security.microsoft.com/incident2/"+incident+"/overview"),
		"actorDisplayName", "null", "threatDisplayName", "null", "threatFamilyName", "null", "mitreTechniques", `["T1546.003","T1059"]`,
		"createdDateTime", q(g.time()), "lastUpdateDateTime", q(g.time()), "resolvedDateTime", "null", "firstActivityDateTime", q(g.time()), "lastActivityDateTime", q(g.time()),
		"systemTags", "[]", "alertPolicyId", "null", "investigationState", q("unsupportedAlertType"), "comments", "[]", "customDetails", "{}", "additionalData", "{}")
	g.WriteString(`,"evidence":[`)
	for first := true; g.Len()-start < size-300; first = false {
		if !first {
			g.WriteByte(',')
		}
		g.evidence()
	}
	g.WriteString("]}")
}

// incident writes one incident with that many alerts, or unexpanded for -1.
func (g *generator) incident(id string, alerts, size int) {
	g.WriteByte('{')
	g.members("id", q(id), "tenantId", q(g.guid()), "status", q("active"), "incidentWebUrl", q("https://security.microsoft.com/incident2/"+id+"/overview?tid="+g.guid()),
		"redirectIncidentId", "null", "displayName", q(g.words(9)), "createdDateTime", q(g.time()), "lastUpdateDateTime", q(g.time()), "assignedTo", q("admin@contoso.com"),
		"classification", q("truePositive"), "determination", q("multiStagedAttack"), "severity", q("high"), "customTags", `["Demo"]`, "systemTags", "[]",
		"description", q(g.words(30)), "lastModifiedBy", q("API-App:admin@contoso.com"), "resolvingComment", "null", "summary", q(g.words(40)), "priorityScore", "100", "comments", "[]")
	if alerts >= 0 {
		g.WriteString(`,"alerts":[`)
		for i := range alerts {
			if i > 0 {
				g.WriteByte(',')
			}
			g.alert(size, id)
		}
		g.WriteByte(']')
	}
	g.WriteByte('}')
}

// pageOf writes a list response of n objects.
func (g *generator) pageOf(n int, object func(i int)) string {
	g.WriteString(`{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#security/alerts_v2","value":[`)
	for i := range n {
		if i > 0 {
			g.WriteByte(',')
		}
		object(i)
	}
	g.WriteString(`],"@odata.nextLink":"https://graph.microsoft.com/v1.0/security/alerts_v2?$skip=50"}`)
	return g.String()
}

// pieceReader gives n strings one after the other without ever joining them.
type pieceReader struct {
	n     int
	piece func(i int) string
	i     int
	rest  string
}

func (p *pieceReader) Read(b []byte) (int, error) {
	for p.rest == "" {
		if p.i == p.n {
			return 0, io.EOF
		}
		p.rest = p.piece(p.i)
		p.i++
	}
	n := copy(b, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}
