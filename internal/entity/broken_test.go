package entity

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// brokenValues are what the service is known to put in a value's place.
func brokenValues() map[string]string {
	return map[string]string{
		"empty": "", "blank": "  \t", "byte order mark": "\ufeff", "no-break space": "\u00a0",
		"stars": "****", "two stars": "**", "stars in an address": "j****@contoso.com", "stars at the end": "jane***", "bullets": "••••••", "letters x": "XXXXX",
		"tag": "<b>jane</b>", "closing tag": "jane</p>", "comment": "<!-- -->jane", "escaped tag": "&lt;b&gt;jane", "escaped letter": "jos&#233;", "named letter": "jos&eacute;",
		"UTF-8 as Windows-1252": "JosÃ©", "UTF-8 as Latin-1": "JosÃ\u00a9 \u00c3\u00bc", "quote as Windows-1252": "Janeâ€™s PC", "replacement": "caf\ufffd au lait", "control": "jane\x01doe",
		"dash": "-", "n/a": "N/A", "none": "None", "null": "null", "unknown": "Unknown", "redacted": "REDACTED", "in brackets": "[redacted]",
	}
}

func soundValues() []string {
	return []string{
		"jane", "José", "Ärger & Söhne", "日本語", "a<b", "1 < 2 > 3 no tag", "R&D", "AT&T;", "*.contoso.com", "xx", "Xaver", "none-such", "o'neill", "né", "naïve café", "Ångström", "Â",
	}
}

func TestBrokenValuesAreNoIdentifiers(t *testing.T) {
	for name, value := range brokenValues() {
		t.Run(name, func(t *testing.T) {
			assert.True(t, normText(value).none())
			assert.True(t, normName(value).none())
			assert.False(t, Meaningful(value))
		})
	}
	for _, value := range soundValues() {
		assert.Equal(t, value, normText(value).text)
		assert.True(t, Meaningful(value), value)
	}
}

// Each way in which a value of a key can be broken, in each evidence that has
// a key of one or two texts.
func TestBrokenValuesAreKeptAndNeverAKey(t *testing.T) {
	for _, c := range []struct{ evidence, name string }{
		{`{"@odata.type":"#x.userEvidence","userAccount":{"accountName":%s,"domainName":"CONTOSO"}}`, "Name"},
		{`{"@odata.type":"#x.userEvidence","userAccount":{"accountName":"jane","domainName":%s}}`, "NTDomain"},
		{`{"@odata.type":"#x.userEvidence","userAccount":{"userPrincipalName":%s}}`, "UserPrincipalName"},
		{`{"@odata.type":"#x.userEvidence","userAccount":{"azureAdUserId":%s}}`, "AadUserId"},
		{`{"@odata.type":"#x.userEvidence","userAccount":{"userSid":%s}}`, "Sid"},
		{`{"@odata.type":"#x.deviceEvidence","hostName":%s,"ntDomain":"CONTOSO"}`, "HostName"},
		{`{"@odata.type":"#x.deviceEvidence","mdeDeviceId":%s}`, "MdatpDeviceId"},
		{`{"@odata.type":"#x.mailboxEvidence","primaryAddress":%s}`, "MailboxPrimaryAddress"},
		{`{"@odata.type":"#x.analyzedMessageEvidence","networkMessageId":"m-1","recipientEmailAddress":%s}`, "Recipient"},
		{`{"@odata.type":"#x.fileEvidence","fileDetails":{"fileName":%s,"filePath":"C:\\Temp"}}`, "Name"},
		{`{"@odata.type":"#x.malwareEvidence","name":%s,"category":"Trojan"}`, "Name"},
		{`{"@odata.type":"#x.registryKeyEvidence","registryHive":"HKEY_USERS","registryKey":%s}`, "Key"},
		{`{"@odata.type":"#x.azureResourceEvidence","resourceId":%s}`, "ResourceId"},
		{`{"@odata.type":"#x.oauthApplicationEvidence","appId":%s}`, "OAuthAppId"},
		{`{"@odata.type":"#x.securityGroupEvidence","distinguishedName":%s}`, "DistinguishedName"},
		{`{"@odata.type":"#x.ipEvidence","ipAddress":%s}`, "Address"},
		{`{"@odata.type":"#x.urlEvidence","url":%s}`, "Url"},
		{`{"@odata.type":"#x.gitHubUserEvidence","login":%s}`, "Login"},
	} {
		for name, value := range brokenValues() {
			t.Run(c.name+", "+name, func(t *testing.T) {
				evidence := fmt.Sprintf(c.evidence, fmt.Sprintf("%q", value))
				if strings.Contains(value, "\x01") {
					evidence = strings.ReplaceAll(evidence, `\x01`, `\u0001`)
				}
				e := mapped(t, evidence)[0]
				assert.NotContains(t, e, "EntityKey")
				assert.NotContains(t, e, "IncidentEntityKey")
				// One with an @ or a dot may be split, and is whole beside it.
				assert.Contains(t, slices.Collect(maps.Values(e)), any(value), "kept")
			})
		}
	}
}

func TestTwoMaskedThingsAreTwo(t *testing.T) {
	for name, value := range brokenValues() {
		quoted := strings.ReplaceAll(fmt.Sprintf("%q", value), `\x01`, `\u0001`)
		account := user(`{"accountName":` + quoted + `}`)
		assert.Len(t, mapped(t, account, account), 2, name)
	}
}

func TestNamesAroundAnAddressAreTakenOff(t *testing.T) {
	e := mapped(t, user(`{"userPrincipalName":"Jane Doe <Jane.Doe@contoso.com>"}`))[0]
	assert.Equal(t, "Jane.Doe", e["Name"])
	assert.Equal(t, "contoso.com", e["UPNSuffix"])
	assert.Equal(t, "Jane.Doe@contoso.com", e["UserPrincipalName"])
	assert.Equal(t, "Jane Doe <Jane.Doe@contoso.com>", e["UserPrincipalNameOriginal"])
	assert.Equal(t, mapped(t, user(`{"userPrincipalName":"jane.doe@contoso.com"}`))[0]["EntityKey"], e["EntityKey"])

	e = mapped(t, user(`{"accountName":"\"Doe, Jane\" <jane@contoso.com>"}`))[0]
	assert.Equal(t, object{"Name": "jane", "UPNSuffix": "contoso.com", "AccountName": `"Doe, Jane" <jane@contoso.com>`},
		object{"Name": e["Name"], "UPNSuffix": e["UPNSuffix"], "AccountName": e["AccountName"]})

	e = mapped(t, `{"@odata.type":"#x.mailboxEvidence","upn":"Jane <jane@contoso.com>","primaryAddress":"Jane <j@contoso.com>"}`)[0]
	assert.Equal(t, []any{"jane@contoso.com", "Jane <jane@contoso.com>", "j@contoso.com", "Jane <j@contoso.com>"},
		[]any{e["Upn"], e["UpnOriginal"], e["MailboxPrimaryAddress"], e["MailboxPrimaryAddressOriginal"]})
}

func TestAutomationIsNobody(t *testing.T) {
	for _, name := range []string{"Automation", "AUTOMATION", "Suppression rule"} {
		for _, domain := range []string{"", `,"domainName":"CONTOSO"`} {
			e := mapped(t, user(`{"accountName":"`+name+`"`+domain+`}`))[0]
			assert.NotContains(t, e, "EntityKey")
			assert.NotContains(t, e, "IncidentEntityKey")
			assert.Equal(t, name, e["Name"])
		}
	}
}

// A text that was well decoded is never taken for a mis-decoded one.
func TestWordsOfEveryAlphabetAreWellDecoded(t *testing.T) {
	word := rapid.StringMatching(`[a-zäöüßéèêàçñøåæ]{1,12}|[а-яё]{1,12}|[α-ω]{1,12}|[ぁ-ん]{1,8}|[一-龥]{1,6}`)
	rapid.Check(t, func(t *rapid.T) {
		s := word.Draw(t, "word")
		require.False(t, misdecoded(s), s)
	})
}

func TestUTF8ReadAsLatin1IsMisdecoded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`[a-z]{0,5}[äöüßéèêàçñøåæа-яα-ω]{1,5}[a-z]{0,5}`).Draw(t, "word")
		var wrong strings.Builder
		for _, c := range []byte(s) {
			wrong.WriteRune(rune(c))
		}
		require.True(t, misdecoded(wrong.String()))
	})
}

func TestPlainAgreesWithTheSecondLook(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.StringMatching(`[ -~]{0,40}`), rapid.SampledFrom(soundValues())).Draw(t, "text")
		if plain(s) {
			require.Equal(t, strings.Trim(s, blanks), s)
			require.False(t, broken(s) || markedUp(s), s)
		}
	})
}
