package entity

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

const (
	device = `{"@odata.type":"#microsoft.graph.security.deviceEvidence","roles":["attacked"],"verdict":"suspicious",
		"mdeDeviceId":"d1","hostName":"pc-7","dnsDomain":"contoso.com"}`
	image   = `{"sha256":"` + sha + `","fileName":"a.exe","filePath":"C:\\Temp"}`
	sha     = "aa00000000000000000000000000000000000000000000000000000000000011"
	created = "2026-10-11T12:13:14.5Z"
)

func process(pid int, more string) string {
	return fmt.Sprintf(`{"@odata.type":"#microsoft.graph.security.processEvidence","mdeDeviceId":"d1","processId":%d,
		"processCreationDateTime":"%s"%s}`, pid, created, more)
}

func user(account string) string {
	return `{"@odata.type":"#microsoft.graph.security.userEvidence","userAccount":` + account + `}`
}

func TestTheSameThingMetTwiceIsOneEntity(t *testing.T) {
	ip := func(address, role, verdict string) string {
		return fmt.Sprintf(`{"@odata.type":"#microsoft.graph.security.ipEvidence","ipAddress":"%s","roles":["%s"],"verdict":"%s"}`, address, role, verdict)
	}
	file := func(details string) string {
		return `{"@odata.type":"#microsoft.graph.security.fileEvidence","fileDetails":` + details + `}`
	}
	for name, tt := range map[string]struct {
		evidence []string
		typeName string
		count    int
	}{
		"device of a process, and the device":      {[]string{process(5, ""), device}, "host", 1},
		"same private address twice":               {[]string{ip("10.0.0.5", "source", "unknown"), ip("10.0.0.5", "attacked", "malicious")}, "ip", 1},
		"address in two spellings":                 {[]string{ip("2001:DB8::1", "a", ""), ip("2001:db8:0::1", "b", "")}, "ip", 1},
		"mapped IPv4 address":                      {[]string{ip("::ffff:81.2.69.142", "a", ""), ip("81.2.69.142", "b", "")}, "ip", 1},
		"two addresses":                            {[]string{ip("10.0.0.5", "a", ""), ip("10.0.0.6", "a", "")}, "ip", 2},
		"two broken addresses stay apart":          {[]string{ip("nowhere", "a", ""), ip("nowhere", "a", "")}, "ip", 2},
		"process as evidence, and as a parent":     {[]string{process(6, `,"parentProcessId":5,"parentProcessCreationDateTime":"`+created+`"`), process(5, "")}, "process", 2},
		"time with and without trailing zeros":     {[]string{process(5, ""), strings.Replace(process(5, ""), "14.5Z", "14.5000Z", 1)}, "process", 1},
		"same process id at another time":          {[]string{process(5, ""), strings.Replace(process(5, ""), "14.5Z", "15.5Z", 1)}, "process", 2},
		"same process id on another device":        {[]string{process(5, ""), strings.Replace(process(5, ""), "d1", "d2", 1)}, "process", 2},
		"process id 0 is a missing one":            {[]string{process(0, ""), process(0, "")}, "process", 2},
		"image file, and the file":                 {[]string{process(5, `,"imageFile":`+image), file(image)}, "file", 1},
		"file without hashes, and with":            {[]string{file(`{"fileName":"a.exe","filePath":"C:\\Temp"}`), file(image)}, "file", 1},
		"Windows names in another case":            {[]string{file(strings.Replace(image, "a.exe", "A.EXE", 1)), file(image)}, "file", 1},
		"Unix names in another case":               {[]string{file(`{"fileName":"a","filePath":"/tmp"}`), file(`{"fileName":"a","filePath":"/TMP"}`)}, "file", 2},
		"copies in two folders":                    {[]string{file(image), file(strings.Replace(image, "Temp", "Tmp", 1))}, "file", 2},
		"other content in the same place":          {[]string{file(image), file(strings.Replace(image, "aa00", "bb00", 1))}, "file", 2},
		"account by id, and by principal name":     {[]string{user(`{"azureAdUserId":"u1-0000-1","userPrincipalName":"Jo@contoso.com"}`), user(`{"userPrincipalName":"jo@contoso.com"}`)}, "account", 1},
		"third that ties two together":             {[]string{user(`{"userSid":"S-1-5-21-1-2-3-1104"}`), user(`{"userPrincipalName":"jo@contoso.com"}`), user(`{"userSid":"S-1-5-21-1-2-3-1104","userPrincipalName":"jo@contoso.com"}`)}, "account", 1},
		"same login in two domains":                {[]string{user(`{"accountName":"jo","domainName":"A"}`), user(`{"accountName":"jo","domainName":"B"}`)}, "account", 2},
		"same principal name, another id":          {[]string{user(`{"azureAdUserId":"u1-0000-1","userPrincipalName":"jo@contoso.com"}`), user(`{"azureAdUserId":"u2-0000-2","userPrincipalName":"jo@contoso.com"}`)}, "account", 2},
		"SYSTEM of two devices":                    {[]string{system(t, "d1"), system(t, "d2")}, "account", 2},
		"SYSTEM of one device":                     {[]string{system(t, "d1"), system(t, "d1")}, "account", 1},
		"two masked accounts stay apart":           {[]string{user(`{"accountName":"***"}`), user(`{"accountName":"***"}`)}, "account", 2},
		"devices by name alone, and with a domain": {[]string{strings.Replace(device, `"d1"`, "null", 1), strings.Replace(strings.Replace(device, `"d1"`, "null", 1), `"contoso.com"`, "null", 1)}, "host", 1},
		"devices of one name with two ids":         {[]string{device, strings.Replace(device, "d1", "d2", 1)}, "host", 2},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Len(t, ofType(mapped(t, tt.evidence...), tt.typeName), tt.count)
		})
	}
}

func system(t *testing.T, deviceID string) string {
	t.Helper()
	p := process(len(deviceID)+77, `,"userAccount":{"accountName":"SYSTEM","domainName":"NT AUTHORITY","userSid":"S-1-5-18"}`)
	return strings.Replace(p, "d1", deviceID, 1)
}

func TestMergedEntityHasWhatBothSay(t *testing.T) {
	again := `{"@odata.type":"#microsoft.graph.security.deviceEvidence","roles":["attacked","source"],"detailedRoles":["Main device"],"tags":["vip"],
		"verdict":"malicious","remediationStatus":"active","mdeDeviceId":"D1","hostName":"other-name","riskScore":"high"}`
	hosts := ofType(mapped(t, strings.Replace(device, `"verdict"`, `"remediationStatus":"none","tags":["x"],"verdict"`, 1), again), "host")
	require.Len(t, hosts, 1)
	h := hosts[0]
	assert.Equal(t, []any{"attacked", "source"}, h["Roles"])
	assert.Equal(t, []any{"Main device"}, h["DetailedRoles"])
	assert.Equal(t, []any{"x", "vip"}, h["Tags"])
	assert.Equal(t, "malicious", h["Verdict"])
	assert.Equal(t, "active", h["RemediationStatus"])
	assert.Equal(t, "pc-7", h["HostName"], "the first value stays")
	assert.Equal(t, "high", h["RiskScore"])
}

func TestEvidenceBecomesTheFirstPartOfAMentionedEntity(t *testing.T) {
	entities := mapped(t, process(5, ""), device)
	assert.Equal(t, "deviceEvidence", ofType(entities, "host")[0]["EvidenceType"])
	assert.Equal(t, "pc-7", ofType(entities, "host")[0]["HostName"])
	assert.Equal(t, "processEvidence", ofType(mapped(t, process(5, "")), "host")[0]["EvidenceType"])
}

func TestThingsThatNameEachOtherKeepOneLink(t *testing.T) {
	pod := `{"@odata.type":"#microsoft.graph.security.kubernetesPodEvidence","name":"p","namespace":{"name":"n"},
		"containers":[{"name":"c","containerId":"c1","pod":{"name":"p","namespace":{"name":"n"}}}]}`
	entities := mapped(t, pod)
	require.Len(t, ofType(entities, "kubernetes-pod"), 1)
	require.Len(t, ofType(entities, "container"), 1)
	container, podEntity := ofType(entities, "container")[0], ofType(entities, "kubernetes-pod")[0]
	assert.Contains(t, podEntity, "Containers")
	assert.NotContains(t, container, "Pod")
	assert.Less(t, number(container), number(podEntity))
}

func TestNamesAreSplitAsSentinelWants(t *testing.T) {
	for name, tt := range map[string]struct {
		evidence string
		want     object
	}{
		"principal name": {
			user(`{"accountName":"jdoe","userPrincipalName":"jane.doe@contoso.com","domainName":"CONTOSO"}`),
			object{"Name": "jane.doe", "UPNSuffix": "contoso.com", "UserPrincipalName": "jane.doe@contoso.com", "AccountName": "jdoe", "NTDomain": "CONTOSO"},
		},
		"principal name in the account's place": {
			user(`{"accountName":"jane@contoso.com"}`), object{"Name": "jane", "UPNSuffix": "contoso.com", "AccountName": "jane@contoso.com"},
		},
		"DNS domain": {user(`{"accountName":"jo","domainName":"corp.contoso.com"}`), object{"Name": "jo", "DnsDomain": "corp.contoso.com", "NTDomain": nil}},
		"dotted host name": {
			`{"@odata.type":"#microsoft.graph.security.deviceEvidence","hostName":"pc.contoso.com"}`,
			object{"HostName": "pc", "DnsDomain": "contoso.com", "FQDN": "pc.contoso.com"},
		},
		"host by its DNS name alone": {
			`{"@odata.type":"#microsoft.graph.security.deviceEvidence","deviceDnsName":"pc.contoso.com"}`,
			object{"HostName": "pc", "DnsDomain": "contoso.com", "FQDN": "pc.contoso.com"},
		},
		"host called by its address": {
			`{"@odata.type":"#microsoft.graph.security.deviceEvidence","hostName":"10.1.2.3"}`, object{"HostName": "10.1.2.3", "DnsDomain": nil},
		},
		"display name around an address": {
			`{"@odata.type":"#microsoft.graph.security.analyzedMessageEvidence","p2Sender":{"emailAddress":"\"Pay, Roll\" <pay@evil.example>"},"p1Sender":{"emailAddress":"bounce@evil.example"}}`,
			object{"P2Sender": "pay@evil.example", "P2SenderOriginal": `"Pay, Roll" <pay@evil.example>`, "Sender": "pay@evil.example", "P1Sender": "bounce@evil.example"},
		},
		"no second sender": {
			`{"@odata.type":"#microsoft.graph.security.analyzedMessageEvidence","p1Sender":{"emailAddress":"a@b.example"},"deliveryAction":"blocked"}`,
			object{"Sender": "a@b.example", "DeliveryAction": "Blocked"},
		},
		"process id as text": {process(5308, ""), object{"ProcessId": "5308"}},
		"Azure resource": {
			`{"@odata.type":"#microsoft.graph.security.azureResourceEvidence","resourceId":"/subscriptions/s-1/resourceGroups/r"}`,
			object{"SubscriptionId": "s-1"},
		},
		"mail cluster": {`{"@odata.type":"#microsoft.graph.security.mailClusterEvidence","query":"q"}`, object{"Source": "O365 ATP", "Query": "q"}},
		"operating system": {
			`{"@odata.type":"#microsoft.graph.security.deviceEvidence","osPlatform":"WindowsServer2022"}`,
			object{"OSFamily": "Windows", "OsPlatform": "WindowsServer2022"},
		},
		"operating system in doubt": {`{"@odata.type":"#microsoft.graph.security.deviceEvidence","osPlatform":"Other"}`, object{"OSFamily": nil, "OsPlatform": "Other"}},
	} {
		t.Run(name, func(t *testing.T) {
			entities := mapped(t, tt.evidence)
			last := entities[len(entities)-1]
			for field, want := range tt.want {
				assert.Equal(t, want, last[field], field)
			}
		})
	}
}

func TestUnknownPropertiesAndTypesAreKept(t *testing.T) {
	e := mapped(t, `{"@odata.type":"#microsoft.graph.security.urlEvidence","url":"https://x.example","newThing":{"a":1.10},"type":"t","entityKey":"k","$id":"9","empty":[],"a@odata.type":"#x"}`)[0]
	assert.Equal(t, object{"a": 1.1}, e["NewThing"])
	assert.Equal(t, "t", e["_Type"])
	assert.Equal(t, "k", e["_EntityKey"])
	assert.Equal(t, "9", e["_$id"])
	assert.Equal(t, "url", e["Type"])
	assert.NotContains(t, e, "Empty")

	e = mapped(t, `{"@odata.type":"#microsoft.graph.security.quantumRelayEvidence","roles":["source"],"beam":"b","spin":[1,2]}`)[0]
	assert.Equal(t, object{"$id": "1", "Type": "quantum-relay", "EvidenceType": "quantumRelayEvidence", "Roles": []any{"source"}, "Beam": "b", "Spin": []any{1.0, 2.0}}, e)

	for odata, want := range map[string]string{
		"": "evidence", "#microsoft.graph.security.hostEvidence": "host-evidence", "<script>": "script", "!!": "evidence",
		strings.Repeat("x", 200): "evidence",
	} {
		assert.Equal(t, want, mapped(t, fmt.Sprintf(`{"@odata.type":%q,"x":1}`, odata))[0]["Type"], odata)
	}
	assert.Equal(t, "evidence", mapped(t, `{"x":1}`)[0]["Type"])
}

func TestValuesOfAnotherShapeStayAsTheyAre(t *testing.T) {
	e := mapped(t, `{"@odata.type":"#microsoft.graph.security.processEvidence","mdeDeviceId":7,"processId":{"a":1},"imageFile":"cmd","userAccount":[1],"roles":"one","verdict":3}`)
	p := ofType(e, "process")[0]
	assert.Equal(t, object{"a": 1.0}, p["ProcessId"])
	assert.Equal(t, "cmd", p["ImageFile"])
	assert.Equal(t, []any{1.0}, p["Account"])
	assert.Equal(t, "one", p["Roles"])
	assert.InDelta(t, 3, p["Verdict"], 0)

	f := mapped(t, `{"@odata.type":"#microsoft.graph.security.fileEvidence","fileDetails":"x"}`)[0]
	assert.Equal(t, "x", f["FileDetails"])
	d := mapped(t, `{"@odata.type":"#microsoft.graph.security.deviceEvidence","ipInterfaces":["10.0.0.1",5]}`)[0]
	assert.Equal(t, []any{"10.0.0.1", 5.0}, d["IpInterfaces"])
}

func TestNestingEndsAtTheDepthLimitWithNothingLost(t *testing.T) {
	domain := `{"activeDirectoryDomainName":"d12"}`
	for i := 11; i >= 0; i-- {
		domain = fmt.Sprintf(`{"@odata.type":"#microsoft.graph.security.activeDirectoryDomainEvidence","activeDirectoryDomainName":"d%d","trustedDomains":[%s]}`, i, domain)
	}
	entities := mapped(t, domain)
	assert.Len(t, entities, depthMax)
	assert.Contains(t, fmt.Sprint(entities), "d12")
}

func TestOverflowKeepsEvidenceBeforeMentions(t *testing.T) {
	evidence := make([]string, 0, 600)
	for i := range 600 {
		evidence = append(evidence, process(100+i, fmt.Sprintf(`,"parentProcessId":%d,"parentProcessCreationDateTime":"%s"`, 10000+i, created)))
	}
	entities, result := mapAlert(t, contoso(), alertOf(t, evidence...))
	assert.Len(t, entities, EntitiesMax)
	assert.Equal(t, 600+600+1-EntitiesMax, result.Dropped())
	for s := range solesMax {
		assert.Equal(t, Thing{}, result.Sole(s))
	}
	assert.Empty(t, ofType(entities, "host"))
	assert.Equal(t, "100", entities[0]["ProcessId"])
	requireClosed(t, entities)

	entities, result = mapAlert(t, contoso(), alertOf(t, evidence[:400]...))
	assert.Len(t, entities, EntitiesMax)
	assert.Equal(t, 301, result.Dropped())
	requireClosed(t, entities)
}

// The alert's own array holds what fits 64 KB; what does not, and what refers to
// such, is in More, and a giant keeps none of the others out.
func TestWhatDoesNotFitTheAlertIsInMore(t *testing.T) {
	long := strings.Repeat("ä", EntitiesBytesMax/2)
	url := func(i int, more string) string {
		return fmt.Sprintf(`{"@odata.type":"#x.urlEvidence","url":"https://x.example/%d%s"}`, i, more)
	}
	hash := `{"@odata.type":"#x.fileEvidence","fileDetails":{"fileName":"%s","filePath":"%s","sha1":"ab12"}}`
	evidence := []string{
		url(1, ""), process(5, `,"processCommandLine":"`+long+`","imageFile":`+image), url(2, ""),
		process(6, `,"parentProcessId":5,"parentProcessCreationDateTime":"`+created+`"`), device,
		fmt.Sprintf(hash, "a", `C:\\`+long), fmt.Sprintf(hash, "b", `C:\\Temp`), url(3, ""),
	}
	_, result := mapAlert(t, contoso(), alertOf(t, evidence...))
	texts := func(text []byte) (out []string) {
		var list []object
		require.NoError(t, json.Unmarshal(text, &list))
		for _, e := range list {
			out = append(out, strings.TrimSpace(fmt.Sprint(e["Type"], " ", cmp.Or(e["ProcessId"], e["Url"], e["Name"], e["HostName"]))))
		}
		return out
	}
	assert.Equal(t, []string{
		"url https://x.example/1", "host pc-7", "file a.exe", "url https://x.example/2", "url https://x.example/3",
	}, texts(result.JSON()))
	assert.Equal(t, []string{
		"process 5", "process 6", "file a", "file b",
	}, texts(result.More()), "the child of the giant and the file that shares its hash too")
	assert.Zero(t, result.Dropped())
	assert.Equal(t, 9, result.Len())
	list := ListOf(result)
	assert.Equal(t, []int{9, 5}, []int{list.Len(), list.Fitting()})
	parent, ok := list.Ref(list.At(6), "ParentProcess")
	require.True(t, ok)
	pid, _ := parent.Get("ProcessId")
	assert.Equal(t, "5", pid.Str())
}

func TestHostileCountIsBounded(t *testing.T) {
	evidence := make([]string, 2*thingsMax)
	for i := range evidence {
		evidence[i] = `{"x":1}`
	}
	entities, result := mapAlert(t, contoso(), alertOf(t, evidence...))
	assert.Len(t, entities, EntitiesMax)
	assert.Equal(t, 2*thingsMax-EntitiesMax, result.Dropped())
}

func TestMalformedEvidence(t *testing.T) {
	m := NewMapper()
	for name, tt := range map[string]struct {
		alert    string
		entities int
		wantErr  bool
	}{
		"none":            {`{"id":"1"}`, 0, false},
		"null":            {`{"evidence":null}`, 0, false},
		"empty":           {`{"evidence":[]}`, 0, false},
		"an object":       {`{"evidence":{}}`, 0, true},
		"a text":          {`{"evidence":"x"}`, 0, true},
		"one item a text": {`{"evidence":["x",{"@odata.type":"#microsoft.graph.security.urlEvidence","url":"u"}]}`, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			entities := &Entities{}
			err := m.Map(contoso(), parse(t, []byte(tt.alert)).Map(), entities, m.NewTally())
			assert.Equal(t, tt.wantErr, err != nil)
			if tt.wantErr {
				require.ErrorIs(t, err, ErrMalformed)
			}
			assert.Len(t, objects(t, entities), tt.entities)
		})
	}
}

func TestTallyCountsByBoundedNames(t *testing.T) {
	m := NewMapper()
	tally := m.NewTally()
	alert := alertOf(t, device, process(5, ""), `{"@odata.type":"#x.sasTokenEvidence"}`, `{"@odata.type":"#x.fooEvidence"}`, `{"@odata.type":"#x.barEvidence"}`)
	for range 2 {
		require.NoError(t, m.Map(record.Origin{}, alert, &Entities{}, tally))
	}
	entities, generic := map[string]int64{}, map[string]int64{}
	tally.Entities(func(name string, n int64) { entities[name] = n })
	tally.Generic(func(name string, n int64) { generic[name] = n })
	assert.Equal(t, map[string]int64{"host": 2, "process": 2, "sas-token": 2, OtherType: 4}, entities)
	assert.Equal(t, map[string]int64{"sasTokenEvidence": 2, OtherType: 4}, generic)
}

func TestSole(t *testing.T) {
	_, entities := mapAlert(t, contoso(), alertOf(t, strings.Replace(device, `"attacked"`, `"attacked","Source"`, 1), process(5, `,"imageFile":`+image+`,"parentProcessId":4,
		"parentProcessCreationDateTime":"`+created+`","userAccount":{"accountName":"jo"},"detectionStatus":"detected"`)))
	assert.Equal(t, "pc-7", entities.Sole(SoleHost).Text("HostName"))
	assert.True(t, entities.Sole(SoleHost).Lists("Roles", "source"))
	assert.False(t, entities.Sole(SoleHost).Lists("Roles", "attacker"))
	assert.False(t, entities.Sole(SoleHost).Lists("HostName", "pc-7"))
	assert.Equal(t, Thing{}, entities.Sole(SoleFile), "a file that is only mentioned")
	assert.Equal(t, "jo", entities.Sole(SoleAccount).Text("Name"))
	assert.Equal(t, "5", entities.Sole(SoleProcess).Text("ProcessId"))
	status, ok := entities.Sole(SoleProcess).Value("DetectionStatus")
	assert.True(t, ok)
	assert.Equal(t, "detected", status.Str())
	_, ok = entities.Sole(SoleProcess).Value("ImageFile")
	assert.False(t, ok, "a reference")
	assert.Equal(t, "a.exe", entities.Sole(SoleImage).Text("Name"))
	assert.Equal(t, "4", entities.Sole(SoleParent).Text("ProcessId"))
	assert.Empty(t, Thing{}.Text("Name"))

	_, entities = mapAlert(t, contoso(), alertOf(t, device, process(5, ""), process(6, "")))
	assert.Equal(t, "pc-7", entities.Sole(SoleHost).Text("HostName"))
	for _, s := range []Sole{SoleProcess, SoleImage, SoleAccount} {
		assert.Equal(t, Thing{}, entities.Sole(s))
	}
}

func TestSoleThingMetTwiceHasTheRolesOfBoth(t *testing.T) {
	ip := `{"@odata.type":"#microsoft.graph.security.ipEvidence","ipAddress":"81.2.69.142","roles":["x"]}`
	_, entities := mapAlert(t, contoso(), alertOf(t, ip, strings.Replace(ip, `"x"`, `"source"`, 1)))
	for _, role := range []string{"x", "source"} {
		assert.True(t, entities.Sole(SoleIP).Lists("Roles", role))
	}
}

func TestNamesThatBecomeOneAreOneMember(t *testing.T) {
	e := mapped(t, `{"@odata.type":"#x.ipEvidence","ipAddress":"10.0.0.1","location":{"city":"a","City":"b","":1,"x\"y":2,"9":null,"state":null},"countryLetterCode":"DE"}`)[0]
	assert.Equal(t, object{"City": "b", "_": 1.0, `X"y`: 2.0, "CountryCode": "DE"}, e["Location"])
	e = mapped(t, `{"@odata.type":"#x.ipEvidence","location":{"countryCode":"FR","city":{"$ref":"7"}},"countryLetterCode":"DE"}`)[0]
	assert.Equal(t, object{"CountryCode": "FR", "City": object{"_$ref": "7"}}, e["Location"])
	e = mapped(t, `{"@odata.type":"#x.ipEvidence","countryLetterCode":"DE"}`)[0]
	assert.Equal(t, object{"CountryCode": "DE"}, e["Location"])
	e = mapped(t, `{"@odata.type":"#x.ipEvidence","location":"here","countryLetterCode":"DE"}`)[0]
	assert.Equal(t, []any{"here", "DE"}, []any{e["Location"], e["CountryCode"]})
	e = mapped(t, `{"@odata.type":"#x.urlEvidence","foo":1,"Foo":2,"a\"b":3}`)[0]
	assert.Equal(t, []any{2.0, 3.0}, []any{e["Foo"], e[`A"b`]})
}

// What lies too deep for pdata is a text there; one that could be taken for a
// reference stays a text.
func TestDeepPartsStayClosed(t *testing.T) {
	deep := func(leaf string) string {
		return strings.Repeat(`{"a":`, 30) + leaf + strings.Repeat(`}`, 30)
	}
	for _, leaf := range []string{`{"x":1}`, `{"$ref":"1"}`, `{"\u0024ref":"1"}`} {
		entities := mapped(t, `{"@odata.type":"#x.urlEvidence","url":"https://x.example","more":`+deep(leaf)+`}`)
		requireClosed(t, entities)
		text := fmt.Sprint(entities[0]["More"])
		assert.Contains(t, text, map[bool]string{true: "x:1", false: "ref"}[strings.Contains(leaf, "x")])
	}
}
