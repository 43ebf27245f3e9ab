package asim_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestThingsThatAnAlertNamesOnceHaveTheirColumns(t *testing.T) {
	const sha256 = "aa00000000000000000000000000000000000000000000000000000000000011"
	for name, tt := range map[string]struct {
		evidence string
		want     map[string]any
	}{
		"device": {
			`{"@odata.type":"#x.deviceEvidence","mdeDeviceId":"d1","hostName":"pc-7","dnsDomain":"contoso.com","lastIpAddress":"10.1.2.3","osPlatform":"Windows11","version":"23H2","vmMetadata":{"subscriptionId":"s-1"}}`,
			map[string]any{"DvcHostname": "pc-7", "DvcDomain": "contoso.com", "DvcDomainType": "FQDN", "DvcFQDN": "pc-7.contoso.com", "DvcId": "d1", "DvcIdType": "MDEid", "DvcIpAddr": "10.1.2.3", "DvcOs": "Windows11", "DvcOsVersion": "23H2", "DvcScopeId": "s-1"},
		},
		"device of a Windows domain": {
			`{"@odata.type":"#x.deviceEvidence","hostName":"pc-7","ntDomain":"CONTOSO","lastIpAddress":"none"}`,
			map[string]any{"DvcDomain": "CONTOSO", "DvcDomainType": "Windows", "DvcFQDN": nil, "DvcIpAddr": nil, "DvcId": nil, "DvcIdType": nil},
		},
		"address without a device": {`{"@odata.type":"#x.ipEvidence","ipAddress":"81.2.69.142"}`, map[string]any{"DvcIpAddr": "81.2.69.142", "IndicatorType": "Ip"}},
		"user of Entra": {
			`{"@odata.type":"#x.userEvidence","userAccount":{"accountName":"jdoe","userPrincipalName":"jane@contoso.com","azureAdUserId":"u-1","userSid":"S-1-5-21-1-2-3-4","tenantId":"t-9"}}`,
			map[string]any{"Username": "jane@contoso.com", "User": "jane@contoso.com", "UsernameType": "UPN", "UserId": "u-1", "UserIdType": "GUID", "UserScopeId": "t-9", "UserAdditionalIds": map[string]any{"Sid": "S-1-5-21-1-2-3-4", "AccountName": "jdoe"}},
		},
		"user of a domain": {
			`{"@odata.type":"#x.userEvidence","userAccount":{"accountName":"jdoe","domainName":"CONTOSO","userSid":"S-1-5-21-1-2-3-4"}}`,
			map[string]any{"Username": `CONTOSO\jdoe`, "UsernameType": "Windows", "UserId": "S-1-5-21-1-2-3-4", "UserIdType": "SID"},
		},
		"bare name":   {`{"@odata.type":"#x.userEvidence","userAccount":{"accountName":"jdoe"}}`, map[string]any{"Username": "jdoe", "UsernameType": "Simple", "UserId": nil}},
		"masked user": {`{"@odata.type":"#x.userEvidence","userAccount":{"accountName":"****"}}`, map[string]any{"Username": nil, "UsernameType": nil, "User": nil}},
		"process": {
			`{"@odata.type":"#x.processEvidence","verdict":"unknown","processId":42,"processCommandLine":"del ***","imageFile":{"fileName":"cmd.exe","filePath":"C:\\Windows","filePublisher":"Microsoft"}}`,
			map[string]any{"ProcessId": "42", "ProcessCommandLine": "del ***", "ProcessName": `C:\Windows\cmd.exe`, "ProcessFileCompany": "Microsoft", "FileName": nil, "IndicatorType": "Process"},
		},
		"file": {
			`{"@odata.type":"#x.fileEvidence","fileDetails":{"fileName":"a","filePath":"/opt/b","fileSize":12,"sha1":"ab12","sha256":"` + sha256 + `","md5":"cd34","sha256Ac":"ef56"}}`,
			map[string]any{"FileName": "a", "FilePath": "/opt/b/a", "FileSize": "12", "FileSHA1": "ab12", "FileSHA256": sha256, "FileMD5": "cd34"},
		},
		"URL": {`{"@odata.type":"#x.urlEvidence","url":"https://x.example/a"}`, map[string]any{"Url": "https://x.example/a"}},
		"registry value": {
			`{"@odata.type":"#x.registryValueEvidence","registryHive":"HKEY_LOCAL_MACHINE","registryKey":"SOFTWARE\\Run","registryValueName":"n","registryValue":"v","registryValueType":"ExpandString"}`,
			map[string]any{"RegistryKey": `HKEY_LOCAL_MACHINE\SOFTWARE\Run`, "RegistryValue": "n", "RegistryValueData": "v", "RegistryValueType": "Reg_Expand_Sz"},
		},
		"registry key": {`{"@odata.type":"#x.registryKeyEvidence","registryHive":"HKEY_USERS","registryKey":"k"}`, map[string]any{"RegistryKey": `HKEY_USERS\k`, "RegistryValue": nil}},
		"message": {
			`{"@odata.type":"#x.analyzedMessageEvidence","networkMessageId":"m-1","subject":"s","recipientEmailAddress":"a@b.example"}`,
			map[string]any{"EmailMessageId": "m-1", "EmailSubject": "s", "IndicatorType": "Email"},
		},
		"session": {`{"@odata.type":"#x.hostLogonSessionEvidence","sessionId":"77"}`, map[string]any{"UserSessionId": "77", "IndicatorType": "Logon Session"}},
		"two of a kind": {
			`{"@odata.type":"#x.urlEvidence","url":"https://x.example/a"},{"@odata.type":"#x.urlEvidence","url":"https://x.example/b"}`, map[string]any{"Url": nil},
		},
		"the gravest is the indicator": {
			`{"@odata.type":"#x.urlEvidence","verdict":"suspicious"},{"@odata.type":"#x.ipEvidence","verdict":"malicious","roles":["attacked"]},{"@odata.type":"#x.fileEvidence","verdict":"malicious"}`,
			map[string]any{"IndicatorType": "Ip", "IndicatorAssociation": "Targeted"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			event := eventOf(t, `{"evidence":[`+tt.evidence+`]}`)
			for column, want := range tt.want {
				assert.Equal(t, want, event[column], column)
			}
		})
	}
}
