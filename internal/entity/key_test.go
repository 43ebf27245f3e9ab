package entity

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/google/uuid"
)

// keyed is the key of the last entity that this evidence becomes, "" without.
func keyed(t *testing.T, evidence ...string) string {
	t.Helper()
	entities := mapped(t, evidence...)
	key, _ := entities[len(entities)-1]["EntityKey"].(string)
	return key
}

func TestKeyIsAUUIDOfOriginTypeAndIdentifiers(t *testing.T) {
	// Stored rows are joined by it: this value must never change.
	const want = "9f01b95c-d4d0-5255-ab11-9e04775d6652"
	text := strings.Join([]string{"public", contoso().TenantID, "url", "Url", "https://evil.example/A"}, separator)
	assert.Equal(t, uuid.NewSHA1(keySpace, []byte(text)).String(), keyed(t, `{"@odata.type":"#x.urlEvidence","url":"HTTPS://Evil.example/A"}`))
	assert.Equal(t, want, keyed(t, `{"@odata.type":"#x.urlEvidence","url":"HTTPS://Evil.example/A"}`))
}

func TestKeyStandsOnStrongIdentifiersAlone(t *testing.T) {
	of := func(evidenceType, members string) string {
		return `{"@odata.type":"#microsoft.graph.security.` + evidenceType + `",` + members + `}`
	}
	for name, tt := range map[string]struct {
		evidence []string
		want     bool
	}{
		"Entra user id":                              {[]string{user(`{"azureAdUserId":"u1-0000-1"}`)}, true},
		"empty Entra user id":                        {[]string{user(`{"azureAdUserId":"00000000-0000-0000-0000-000000000000"}`)}, false},
		"SID of a domain":                            {[]string{user(`{"userSid":"S-1-5-21-1-2-3-1104"}`)}, true},
		"SID of Entra":                               {[]string{user(`{"userSid":"S-1-12-1-1-2-3-4"}`)}, true},
		"SID of SYSTEM":                              {[]string{user(`{"userSid":"S-1-5-18","accountName":"SYSTEM","domainName":"NT AUTHORITY"}`)}, false},
		"SYSTEM without a SID":                       {[]string{user(`{"accountName":"SYSTEM","domainName":"NT AUTHORITY"}`)}, false},
		"text that is no SID":                        {[]string{user(`{"userSid":"jo"}`)}, false},
		"principal name":                             {[]string{user(`{"userPrincipalName":"jo@contoso.com"}`)}, true},
		"masked principal name":                      {[]string{user(`{"userPrincipalName":"j****@contoso.com"}`)}, false},
		"account name alone":                         {[]string{user(`{"accountName":"jo"}`)}, false},
		"account name and domain":                    {[]string{user(`{"accountName":"jo","domainName":"CONTOSO"}`)}, true},
		"account name in a workgroup":                {[]string{user(`{"accountName":"jo","domainName":"WORKGROUP"}`)}, false},
		"masked account name and domain":             {[]string{user(`{"accountName":"***","domainName":"CONTOSO"}`)}, false},
		"blank account name":                         {[]string{user(`{"accountName":"\ufeff","domainName":"CONTOSO"}`)}, false},
		"Automation":                                 {[]string{user(`{"accountName":"Automation","domainName":"CONTOSO"}`)}, false},
		"mark-up for a name":                         {[]string{user(`{"accountName":"<b>jo</b>","domainName":"CONTOSO"}`)}, false},
		"mis-decoded name":                           {[]string{user(`{"accountName":"jo\ufffd","domainName":"CONTOSO"}`)}, false},
		"device id":                                  {[]string{of("deviceEvidence", `"mdeDeviceId":"d1"`)}, true},
		"host name alone":                            {[]string{of("deviceEvidence", `"hostName":"pc-7"`)}, false},
		"host name and DNS domain":                   {[]string{of("deviceEvidence", `"hostName":"pc-7","dnsDomain":"contoso.com"`)}, true},
		"virtual machine":                            {[]string{of("deviceEvidence", `"vmMetadata":{"resourceId":"/subscriptions/1/x"}`)}, true},
		"global address":                             {[]string{of("ipEvidence", `"ipAddress":"81.2.69.142"`)}, true},
		"private address":                            {[]string{of("ipEvidence", `"ipAddress":"172.16.0.1"`)}, false},
		"carrier's address":                          {[]string{of("ipEvidence", `"ipAddress":"100.64.1.1"`)}, false},
		"link-local address":                         {[]string{of("ipEvidence", `"ipAddress":"fe80::1"`)}, false},
		"loopback address":                           {[]string{of("ipEvidence", `"ipAddress":"::1"`)}, false},
		"text that is no address":                    {[]string{of("ipEvidence", `"ipAddress":"here"`)}, false},
		"absolute URL":                               {[]string{of("urlEvidence", `"url":"https://x.example/a"`)}, true},
		"relative URL":                               {[]string{of("urlEvidence", `"url":"/a/b"`)}, false},
		"file name and folder":                       {[]string{of("fileEvidence", `"fileDetails":{"fileName":"a","filePath":"/b"}`)}, true},
		"file name and hash":                         {[]string{of("fileEvidence", `"fileDetails":{"fileName":"a","sha1":"ab12"}`)}, true},
		"file name alone":                            {[]string{of("fileEvidence", `"fileDetails":{"fileName":"a"}`)}, false},
		"file name and a hash of zeros":              {[]string{of("fileEvidence", `"fileDetails":{"fileName":"a","sha1":"0000"}`)}, false},
		"process on a device":                        {[]string{process(5, "")}, true},
		"process without a device":                   {[]string{of("processEvidence", `"processId":5,"processCreationDateTime":"`+created+`"`)}, false},
		"process without a time":                     {[]string{of("processEvidence", `"processId":5,"mdeDeviceId":"d1"`)}, false},
		"process at the beginning of time":           {[]string{of("processEvidence", `"processId":5,"mdeDeviceId":"d1","processCreationDateTime":"0001-01-01T00:00:00Z"`)}, false},
		"message and recipient":                      {[]string{of("analyzedMessageEvidence", `"networkMessageId":"m-1","recipientEmailAddress":"A@b.example"`)}, true},
		"message alone":                              {[]string{of("analyzedMessageEvidence", `"networkMessageId":"m-1"`)}, false},
		"mailbox":                                    {[]string{of("mailboxEvidence", `"primaryAddress":"a@b.example"`)}, true},
		"masked mailbox":                             {[]string{of("mailboxEvidence", `"primaryAddress":"a****@b.example"`)}, false},
		"malware with category":                      {[]string{of("malwareEvidence", `"name":"m","category":"c"`)}, true},
		"application with instance":                  {[]string{of("cloudApplicationEvidence", `"appId":11161,"instanceName":"i"`)}, true},
		"application alone":                          {[]string{of("cloudApplicationEvidence", `"displayName":"Office 365"`)}, true},
		"OAuth application":                          {[]string{of("oauthApplicationEvidence", `"appId":"a0000000-1"`)}, true},
		"pod of a known cluster":                     {[]string{of("kubernetesPodEvidence", `"name":"p","namespace":{"name":"n","cluster":{"name":"c","cloudResource":`+of("azureResourceEvidence", `"resourceId":"/subscriptions/1/c"`)+`}}`)}, true},
		"pod of some cluster":                        {[]string{of("kubernetesPodEvidence", `"name":"p","namespace":{"name":"n","cluster":{"name":"c"}}`)}, false},
		"registry value":                             {[]string{of("registryValueEvidence", `"registryHive":"HKEY_USERS","registryKey":"k","registryValueName":"v"`)}, true},
		"name lookup with private servers":           {[]string{of("dnsEvidence", `"domainName":"x.example","dnsServerIp":{"ipAddress":"10.0.0.1"},"hostIpAddress":{"ipAddress":"10.0.0.2"}`)}, false},
		"network connection":                         {[]string{of("networkConnectionEvidence", `"sourcePort":1,"destinationPort":2,"protocol":"tcp"`)}, false},
		"number without a use for it: unknown types": {[]string{`{"@odata.type":"#x.newEvidence","id":"1"}`}, false},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, tt.want, keyed(t, tt.evidence...) != "")
		})
	}
}

func TestKeyIsTheSameInAnotherAlert(t *testing.T) {
	for name, pair := range map[string][2]string{
		"principal name in another case": {user(`{"userPrincipalName":"Jo@Contoso.com"}`), user(`{"userPrincipalName":"jo@contoso.com"}`)},
		"address spelt otherwise": {
			`{"@odata.type":"#x.ipEvidence","ipAddress":"2001:DB8::1"}`, `{"@odata.type":"#x.ipEvidence","ipAddress":"2001:0db8::0001"}`,
		},
		"mailbox in a display name": {
			`{"@odata.type":"#x.mailboxEvidence","primaryAddress":"Jo <jo@contoso.com>"}`, `{"@odata.type":"#x.mailboxEvidence","primaryAddress":"JO@contoso.com"}`,
		},
		"Azure resource in another case": {
			`{"@odata.type":"#x.azureResourceEvidence","resourceId":"/subscriptions/S/resourceGroups/R"}`,
			`{"@odata.type":"#x.azureResourceEvidence","resourceId":"/subscriptions/s/resourcegroups/r"}`,
		},
		"host with more known of it": {device, `{"@odata.type":"#x.deviceEvidence","mdeDeviceId":"D1","hostName":"renamed"}`},
	} {
		t.Run(name, func(t *testing.T) {
			first := keyed(t, pair[0])
			require.NotEmpty(t, first)
			assert.Equal(t, first, keyed(t, pair[1]))
		})
	}
}

func TestProcessHasOneKeyAsParentAndAsEvidence(t *testing.T) {
	child := process(6, `,"parentProcessId":5,"parentProcessCreationDateTime":"`+created+`"`)
	assert.Equal(t, keyed(t, process(5, "")), ofType(mapped(t, child), "process")[0]["EntityKey"])
}

func TestLocalAccountIsKeyedWithItsDevice(t *testing.T) {
	local := user(`{"accountName":"admin","domainName":"PC-7"}`)
	account := ofType(mapped(t, local, device), "account")[0]
	assert.Equal(t, object{"$ref": "1"}, account["Host"], "the device comes first")
	onOther := ofType(mapped(t, local, strings.Replace(device, "d1", "d2", 1)), "account")[0]
	assert.NotEmpty(t, account["EntityKey"])
	assert.NotEqual(t, account["EntityKey"], onOther["EntityKey"])
}

func TestBuiltInAccountIsKeyedWithItsDevice(t *testing.T) {
	of := func(deviceID string) object { return ofType(mapped(t, system(t, deviceID)), "account")[0] }
	assert.NotEmpty(t, of("d1")["EntityKey"])
	assert.NotEqual(t, of("d1")["EntityKey"], of("d2")["EntityKey"])
	assert.Contains(t, of("d1"), "Host")
}

func TestNoKeyForAVeryLongIdentifier(t *testing.T) {
	url := "https://x.example/" + strings.Repeat("a", identifierBytesMax)
	assert.Empty(t, keyed(t, `{"@odata.type":"#x.urlEvidence","url":"`+url+`"}`))
}

// inIncident is an alert of an incident with this evidence.
func inIncident(t *testing.T, id string, evidence ...string) []object {
	t.Helper()
	alert := alertOf(t, evidence...)
	alert.PutStr("incidentId", id)
	entities, _ := mapAlert(t, contoso(), alert)
	return entities
}

func TestWeaklyKnownThingsAreKeyedWithinTheirIncident(t *testing.T) {
	for name, evidence := range map[string]string{
		"host by its name":              `{"@odata.type":"#x.deviceEvidence","hostName":"PC-7"}`,
		"private address":               `{"@odata.type":"#x.ipEvidence","ipAddress":"10.0.0.5"}`,
		"bare login":                    user(`{"accountName":"Jo"}`),
		"SYSTEM without a device":       user(`{"accountName":"SYSTEM","domainName":"NT AUTHORITY"}`),
		"process without a device":      `{"@odata.type":"#x.processEvidence","processId":5,"processCreationDateTime":"` + created + `"}`,
		"message without its recipient": `{"@odata.type":"#x.analyzedMessageEvidence","networkMessageId":"m-1"}`,
		"relative URL":                  `{"@odata.type":"#x.urlEvidence","url":"/a"}`,
		"pod of some namespace":         `{"@odata.type":"#x.kubernetesPodEvidence","name":"p","namespace":{"name":"n"}}`,
		"process on a host by its name": `{"@odata.type":"#x.hostLogonSessionEvidence","sessionId":"3","startUtcDateTime":"` + created + `","host":{"@odata.type":"#x.deviceEvidence","hostName":"pc-7"}}`,
		"file by its hash alone":        `{"@odata.type":"#x.fileEvidence","fileDetails":{"sha256":"` + sha + `"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			of := func(entities []object) object { return entities[len(entities)-1] }
			first := of(inIncident(t, "42", evidence))
			assert.NotContains(t, first, "EntityKey")
			require.Len(t, first["IncidentEntityKey"], 36)
			assert.Equal(t, first["IncidentEntityKey"], of(inIncident(t, "42", evidence))["IncidentEntityKey"])
			assert.NotEqual(t, first["IncidentEntityKey"], of(inIncident(t, "43", evidence))["IncidentEntityKey"])
			assert.NotContains(t, of(mapped(t, evidence)), "IncidentEntityKey", "of no incident")
		})
	}
}

func TestNoThingHasTwoKeys(t *testing.T) {
	for _, e := range inIncident(t, "42", device, process(5, `,"imageFile":`+image), user(`{"accountName":"jo"}`)) {
		_, strong := e["EntityKey"]
		_, weak := e["IncidentEntityKey"]
		assert.NotEqual(t, strong, weak, e["Type"])
	}
}
