package ocsf_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/entity"
)

// evidenceOf is the evidence of that entity type among an event's.
func evidenceOf(t *testing.T, event map[string]any, entityType string) map[string]any {
	t.Helper()
	list, _ := event["evidences"].([]any)
	for _, e := range list {
		if e.(map[string]any)["name"] == entityType {
			return e.(map[string]any)
		}
	}
	t.Fatalf("no evidence of type %s in %v", entityType, event["evidences"])
	return nil
}

func TestEvidenceIsTypedAndWhole(t *testing.T) {
	const sha256 = "aa00000000000000000000000000000000000000000000000000000000000011"
	for name, tt := range map[string]struct {
		evidence, entityType string
		want                 map[string]any
	}{
		"device": {
			`{"@odata.type":"#x.deviceEvidence","verdict":"suspicious","mdeDeviceId":"d1","azureAdDeviceId":"a1","hostName":"pc-7","dnsDomain":"contoso.com","lastIpAddress":"10.1.2.3","osPlatform":"Windows11","osBuild":22631,"version":"23H2","riskScore":"high","onboardingStatus":"onboarded","firstSeenDateTime":"2026-01-02T03:04:05Z","vmMetadata":{"vmId":"v"}}`, "host",
			map[string]any{
				"device.hostname": "pc-7", "device.uid": "d1", "device.uid_alt": "a1", "device.domain": "contoso.com", "device.ip": "10.1.2.3", "device.os.name": "Windows11",
				"device.os.type_id": int64(100), "device.os.build": "22631", "device.os.version": "23H2", "device.risk_level_id": int64(3), "device.is_managed": true,
				"device.type_id": int64(6), "device.first_seen_time": int64(1767323045000), "verdict_id": int64(4),
			},
		},
		"device without anything": {`{"@odata.type":"#x.deviceEvidence","hostName":"***","riskScore":"low"}`, "host", map[string]any{"device": nil, "data.HostName": "***"}},
		"thing":                   {`{"@odata.type":"#x.ioTDeviceEvidence","deviceId":"i","deviceName":"cam","macAddress":"00:11:22:33:44:55","manufacturer":"m","model":"x","operatingSystem":"o","ipAddress":{"@odata.type":"#x.ipEvidence","ipAddress":"10.0.0.9"}}`, "iotdevice", map[string]any{"device.uid": "i", "device.type_id": int64(7), "device.mac": "00:11:22:33:44:55", "device.ip": "10.0.0.9", "device.vendor_name": "m", "device.os.name": "o"}},
		"user": {
			`{"@odata.type":"#x.userEvidence","userAccount":{"accountName":"jdoe","domainName":"CONTOSO","userPrincipalName":"jane@contoso.com","azureAdUserId":"u-1","userSid":"S-1-5-21-1-2-3-4","displayName":"Jane Doe"}}`, "account",
			map[string]any{"user.name": "jdoe", "user.domain": "CONTOSO", "user.email_addr": "jane@contoso.com", "user.uid": "u-1", "user.uid_alt": "S-1-5-21-1-2-3-4", "user.full_name": "Jane Doe", "user.type_id": int64(1)},
		},
		"SYSTEM":            {`{"@odata.type":"#x.userEvidence","userAccount":{"accountName":"SYSTEM","domainName":"NT AUTHORITY"}}`, "account", map[string]any{"user.type_id": int64(3)}},
		"masked user":       {`{"@odata.type":"#x.userEvidence","userAccount":{"accountName":"****","displayName":"x"}}`, "account", map[string]any{"user": nil, "data.Name": "****"}},
		"mailbox":           {`{"@odata.type":"#x.mailboxEvidence","primaryAddress":"Jane <jane@contoso.com>"}`, "mailbox", map[string]any{"user.name": "jane@contoso.com", "user.email_addr": "jane@contoso.com", "data.MailboxPrimaryAddressOriginal": "Jane <jane@contoso.com>"}},
		"service principal": {`{"@odata.type":"#x.servicePrincipalEvidence","servicePrincipalName":"n","servicePrincipalObjectId":"o","appId":"a"}`, "service-principal", map[string]any{"user.name": "n", "user.uid": "o", "user.uid_alt": "a", "user.type_id": int64(4)}},
		"process": {
			`{"@odata.type":"#x.processEvidence","mdeDeviceId":"d1","processId":42,"processCreationDateTime":"2026-01-02T03:04:05Z","processCommandLine":"cmd /c del ***","parentProcessId":7,"parentProcessCreationDateTime":"2026-01-02T03:00:00Z","imageFile":{"fileName":"cmd.exe","filePath":"C:\\Windows","sha256":"` + sha256 + `"},"userAccount":{"accountName":"jdoe"}}`, "process",
			map[string]any{"process.pid": int64(7), "process.cmd_line": nil},
		},
		"file": {
			`{"@odata.type":"#x.fileEvidence","fileDetails":{"fileName":"a","filePath":"/opt/b","fileSize":12,"sha256":"` + sha256 + `","filePublisher":"p"}}`, "file",
			map[string]any{"file.name": "a", "file.path": "/opt/b/a", "file.size": int64(12), "file.hashes.value": sha256, "file.hashes.algorithm_id": int64(3), "file.company_name": "p", "file.type_id": int64(1)},
		},
		"file of its hash alone": {`{"@odata.type":"#x.fileEvidence","fileDetails":{"sha256":"` + sha256 + `"}}`, "file", map[string]any{"file": nil, "data.FileHashes.Value": sha256}},
		"attacker's address": {
			`{"@odata.type":"#x.ipEvidence","ipAddress":"81.2.69.142","roles":["attacker"],"location":{"city":"London","latitude":51.5,"longitude":-0.1,"countryName":"x"},"countryLetterCode":"GB"}`, "ip",
			map[string]any{"src_endpoint.ip": "81.2.69.142", "src_endpoint.location.city": "London", "src_endpoint.location.country": "GB", "src_endpoint.location.lat": 51.5, "src_endpoint.location.long": -0.1},
		},
		"control server":   {`{"@odata.type":"#x.ipEvidence","ipAddress":"81.2.69.142","roles":["commandAndControl"]}`, "ip", map[string]any{"dst_endpoint.ip": "81.2.69.142", "src_endpoint": nil}},
		"no address":       {`{"@odata.type":"#x.ipEvidence","ipAddress":"nowhere"}`, "ip", map[string]any{"src_endpoint": nil, "data.Address": "nowhere"}},
		"URL":              {`{"@odata.type":"#x.urlEvidence","url":"https://x.example:8443/a?b=c"}`, "url", map[string]any{"url.url_string": "https://x.example:8443/a?b=c", "url.hostname": "x.example", "url.port": int64(8443), "url.path": "/a", "url.query_string": "b=c", "url.scheme": "https"}},
		"name lookup":      {`{"@odata.type":"#x.dnsEvidence","domainName":"x.example"}`, "dns", map[string]any{"query.hostname": "x.example"}},
		"message":          {`{"@odata.type":"#x.analyzedMessageEvidence","networkMessageId":"m-1","internetMessageId":"<i>","subject":"s","recipientEmailAddress":"a@b.example","p2Sender":{"emailAddress":"Pay <pay@evil.example>"},"senderIp":"81.2.69.142"}`, "mail-message", map[string]any{"email.from": "pay@evil.example", "email.to": "a@b.example", "email.uid": "m-1", "email.subject": "s", "email.x_originating_ip": "81.2.69.142"}},
		"masked recipient": {`{"@odata.type":"#x.analyzedMessageEvidence","recipientEmailAddress":"a****@b.example"}`, "mail-message", map[string]any{"email": nil}},
		"submission":       {`{"@odata.type":"#x.submissionMailEvidence","sender":"a@b.example","senderIp":"10.0.0.1"}`, "SubmissionMail", map[string]any{"email.from": "a@b.example", "email.x_originating_ip": "10.0.0.1"}},
		"connection": {
			`{"@odata.type":"#x.networkConnectionEvidence","protocol":"tcp","sourcePort":1,"destinationPort":443,"sourceAddress":{"@odata.type":"#x.ipEvidence","ipAddress":"10.0.0.1"},"destinationAddress":{"@odata.type":"#x.ipEvidence","ipAddress":"81.2.69.142"}}`, "network-connection",
			map[string]any{"connection_info.protocol_name": "tcp", "src_endpoint.ip": "10.0.0.1", "src_endpoint.port": int64(1), "dst_endpoint.ip": "81.2.69.142", "dst_endpoint.port": int64(443)},
		},
		"application":   {`{"@odata.type":"#x.cloudApplicationEvidence","appId":11161,"displayName":"Office 365"}`, "cloud-application", map[string]any{"actor.app_name": "Office 365", "actor.app_uid": "11161"}},
		"OAuth app":     {`{"@odata.type":"#x.oauthApplicationEvidence","appId":"a-1","displayName":"n"}`, "cloud-application", map[string]any{"actor.app_uid": "a-1"}},
		"session":       {`{"@odata.type":"#x.hostLogonSessionEvidence","sessionId":"7","startUtcDateTime":"2026-01-02T03:04:05Z","account":{"userAccount":{"accountName":"jdoe"}},"host":{"hostName":"pc-7"}}`, "host-logon-session", map[string]any{"actor.session.uid": "7", "actor.session.created_time": int64(1767323045000), "actor.user.name": "jdoe", "device.hostname": "pc-7"}},
		"container":     {`{"@odata.type":"#x.containerEvidence","containerId":"c1","name":"c","image":{"imageId":"i"}}`, "container", map[string]any{"container.uid": "c1", "container.name": "c", "container.image.uid": "i"}},
		"container's":   {`{"@odata.type":"#x.blobContainerEvidence","name":"b","url":"https://s.example/b"}`, "blob-container", map[string]any{"databucket.name": "b", "databucket.uid": "https://s.example/b", "databucket.type_id": int64(2)}},
		"Azure":         {`{"@odata.type":"#x.azureResourceEvidence","resourceId":"/subscriptions/s/x","resourceName":"n","resourceType":"t","roles":["compromised"]}`, "azure-resource", map[string]any{"resources.uid": "/subscriptions/s/x", "resources.name": "n", "resources.type": "t", "resources.role_id": int64(3)}},
		"pod":           {`{"@odata.type":"#x.kubernetesPodEvidence","name":"p"}`, "kubernetes-pod", map[string]any{"resources.name": "p", "resources.type": "kubernetes-pod"}},
		"registry key":  {`{"@odata.type":"#x.registryKeyEvidence","registryHive":"HKEY_USERS","registryKey":"k"}`, "registry-key", map[string]any{"data.Key": "k", "resources": nil}},
		"of the future": {`{"@odata.type":"#x.futureEvidence","n":1}`, "future", map[string]any{"data.N": int64(1)}},
	} {
		t.Run(name, func(t *testing.T) {
			e := evidenceOf(t, detectionOf(t, `{"evidence":[`+tt.evidence+`]}`), tt.entityType)
			for path, want := range tt.want {
				assert.Equal(t, want, at(e, path), path)
			}
			assert.Equal(t, tt.entityType, at(e, "data.Type"))
		})
	}
}

func TestProcessHasItsFileUserAndParent(t *testing.T) {
	event := detectionOf(t, `{"evidence":[{"@odata.type":"#x.processEvidence","verdict":"malicious","mdeDeviceId":"d1","processId":42,"processCreationDateTime":"2026-01-02T03:04:05Z",
		"processCommandLine":"del ***","parentProcessId":7,"parentProcessCreationDateTime":"2026-01-02T03:00:00Z","parentProcessImageFile":{"fileName":"p.exe"},
		"imageFile":{"fileName":"cmd.exe","filePath":"C:\\Windows"},"userAccount":{"accountName":"jdoe"}}]}`)
	list := event["evidences"].([]any)
	child := list[len(list)-1].(map[string]any)
	for path, want := range map[string]any{
		"process.pid": int64(42), "process.cmd_line": "del ***", "process.name": "cmd.exe", "process.file.path": `C:\Windows\cmd.exe`, "process.user.name": "jdoe",
		"process.parent_process.pid": int64(7), "process.parent_process.name": "p.exe", "process.created_time": int64(1767323045000), "verdict_id": int64(2),
	} {
		assert.Equal(t, want, at(child, path), path)
	}
	assert.Equal(t, at(child, "uid"), at(child, "process.uid"))
}

// Every evidence type has a valid evidence with all it has in data, whatever
// it lacks.
func TestEveryEvidenceTypeIsAnEvidence(t *testing.T) {
	for _, k := range entity.Kinds() {
		if !k.Evidence {
			continue
		}
		event := detectionOf(t, fmt.Sprintf(`{"evidence":[{"@odata.type":"#x.%s","verdict":"malicious","unknownOne":"u-1"}]}`, k.Name))
		e := evidenceOf(t, event, k.Type)
		assert.Equal(t, "u-1", at(e, "data.UnknownOne"), k.Name)
		assert.Equal(t, int64(2), e["verdict_id"])
	}
}

func TestObservablesNameWhatCanBeSearchedFor(t *testing.T) {
	event := detectionOf(t, `{"evidence":[
		{"@odata.type":"#x.deviceEvidence","hostName":"pc-7","lastIpAddress":"10.1.2.3"},
		{"@odata.type":"#x.urlEvidence","url":"https://x.example"},
		{"@odata.type":"#x.userEvidence","userAccount":{"userPrincipalName":"jane@contoso.com"}},
		{"@odata.type":"#x.fileEvidence","fileDetails":{"fileName":"a.exe","sha1":"ab12"}},
		{"@odata.type":"#x.azureResourceEvidence","resourceId":"/r"},
		{"@odata.type":"#x.ioTDeviceEvidence","macAddress":"00:11:22:33:44:55"},
		{"@odata.type":"#x.processEvidence","processId":1,"imageFile":{"fileName":"a.exe"}}]}`)
	captions := facts(t).Observables
	found := map[string]any{}
	for _, o := range event["observables"].([]any) {
		o := o.(map[string]any)
		assert.Equal(t, captions[fmt.Sprint(o["type_id"])], o["type"])
		found[o["type"].(string)] = o["value"]
	}
	want := map[string]any{
		"Hostname": "pc-7", "IP Address": "10.1.2.3", "MAC Address": "00:11:22:33:44:55", "User Name": "jane", "Email Address": "jane@contoso.com",
		"URL String": "https://x.example", "File Name": "a.exe", "Hash": "ab12", "Process Name": "a.exe", "Resource UID": "/r",
	}
	assert.Equal(t, want, found)
	text, err := json.Marshal(event)
	require.NoError(t, err)
	assert.NotContains(t, string(text), "null")
}
