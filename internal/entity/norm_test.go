package entity

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"
)

func TestNorm(t *testing.T) {
	for _, tt := range []struct {
		name     string
		norm     func(string) ident
		in, want string
	}{
		{"text stays", normText, "C:\\Program Files\\a.exe", "C:\\Program Files\\a.exe"},
		{"text is trimmed", normText, " \ufeffa b\u00a0", "a b"},
		{"short text", normText, "cat", "cat"},
		{"byte order mark alone", normText, "\ufeff", ""},
		{"mis-decoded", normText, "caf\ufffd latte au lait", ""},
		{"masked whole", normText, "********", ""},
		{"masked in part", normText, "a****@contoso.com", ""},
		{"wildcard", normText, "*.contoso.com", "*.contoso.com"},
		{"stand-in", normText, "Unknown", ""},
		{"dash", normText, "-", ""},
		{"too long", normText, strings.Repeat("x", identifierBytesMax+1), ""},
		{"longest", normText, strings.Repeat("x", identifierBytesMax), strings.Repeat("x", identifierBytesMax)},
		{"name", normName, "Contoso\\JANE DOE", "contoso\\jane doe"},
		{"name beyond ASCII", normName, "ÄRGER-PC-01", "ärger-pc-01"},
		{"automation", normLogin, "Automation", ""},
		{"escaped mark-up", normLogin, "&lt;b&gt;jane", ""},
		{"trailing dot", normDomain, "Contoso.com.", "contoso.com"},
		{"mail", normMail, "Jane <Jane.Doe@Contoso.com>", "jane.doe@contoso.com"},
		{"no mail", normMail, "jane.doe", ""},
		{"two at signs", normMail, "a@b@contoso.com", ""},
		{"mail without a name", normMail, "@contoso.com", ""},
		{"GUID", normGUID, "{ABCD0000-0000-0000-0000-000000000001}", "{abcd0000-0000-0000-0000-000000000001}"},
		{"empty GUID", normGUID, "00000000-0000-0000-0000-000000000000", ""},
		{"SID", normSID, "S-1-5-18", "s-1-5-18"},
		{"no SID", normSID, "jane.doe", ""},
		{"hash", normHash, "ABCDEF0123", "abcdef0123"},
		{"no hash", normHash, "not a hash", ""},
		{"hash of zeros", normHash, "00000000000", ""},
		{"Windows folder", normPath, `C:\Temp\`, `c:\temp`},
		{"query with a tag", normFree, "Sender:<a> & \n x", "Sender:<a> & \n x"},
		{"masked query", normFree, "***", ""},
		{"hash in capitals with blanks", normHash, " ABCD12 ", "abcd12"},
		{"address with blanks", normIP, "\u00a010.0.0.1 ", "10.0.0.1"},
		{"short folder", normPath, `\`, ""},
		{"Unix folder", normPath, "/Tmp", "/Tmp"},
		{"time", normTime, "2026-10-11T12:13:14.1234567Z", "2026-10-11T12:13:14.1234567Z"},
		{"whole second", normTime, "2026-10-11T12:13:14Z", "2026-10-11T12:13:14Z"},
		{"trailing zeros", normTime, "2026-10-11T12:13:14.5000Z", "2026-10-11T12:13:14.5Z"},
		{"other zone", normTime, "2026-10-11T14:13:14+02:00", "2026-10-11T12:13:14Z"},
		{"year 1", normTime, "0001-01-01T00:00:00Z", ""},
		{"no time", normTime, "yesterday", ""},
		{"almost a time", normTime, "2026-10-11T12:13:14.Z", ""},
		{"address", normIP, "2001:DB8:0:0::1", "2001:db8::1"},
		{"unspecified address", normIP, "0.0.0.0", ""},
		{"URL", normURL, "HTTPS://X.Example/Path?Q=A", "https://x.example/Path?Q=A"},
		{"URL of a host", normURL, "HTTPS://X.EXAMPLE", "https://x.example"},
		{"relative URL", normURL, "/Path/To/It", "/Path/To/It"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.want, string(tt.norm(tt.in).canonical(nil)))
		})
	}
}

func TestNormalTextIsItsOwnNorm(t *testing.T) {
	norms := []func(string) ident{normText, normName, normLogin, normDomain, normMail, normGUID, normSID, normHash, normPath, normTime, normIP, normURL}
	text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[ -~]{0,30}`), rapid.StringMatching(`[A-Za-z]+://[A-Za-z.]+/[A-Z]*`),
		rapid.StringMatching(`20[0-9]{2}-1[0-2]-2[0-8]T1[0-9]:[0-5][0-9]:[0-5][0-9](\.[0-9]{1,7})?Z`))
	rapid.Check(t, func(t *rapid.T) {
		s := text.Draw(t, "text")
		for i, norm := range norms {
			once := string(norm(s).canonical(nil))
			if twice := string(norm(once).canonical(nil)); twice != once {
				t.Fatalf("norm %d of %q: %q, and of that %q", i, s, once, twice)
			}
		}
	})
}

func TestBareAddress(t *testing.T) {
	for in, want := range map[string]string{
		"a@b.example":              "a@b.example",
		"Jane <a@b.example>":       "a@b.example",
		`"x <y>" <a@b.example> `:   "a@b.example",
		"Jane <not an address>":    "Jane <not an address>",
		"<>":                       "<>",
		"a > b":                    "a > b",
		"trailing <a@b.example> x": "trailing <a@b.example> x",
	} {
		assert.Equal(t, want, bareAddress(in))
	}
}

func TestMeaningful(t *testing.T) {
	assert.True(t, Meaningful("jane"))
	assert.True(t, Meaningful(strings.Repeat("x", 2*identifierBytesMax)))
	assert.False(t, Meaningful("***"))
	assert.False(t, Meaningful(" "))
}

func TestOSFamily(t *testing.T) {
	for in, want := range map[string]string{
		"Windows11": "Windows", "WindowsServer2022": "Windows", "macOS": "Mac", "Ubuntu": "Linux", "RedHatEnterpriseLinux": "Linux",
		"iOS": "IOS", "Android": "Android", "Other": "", "": "", "FreeBSD": "",
	} {
		assert.Equal(t, want, osFamily(in), in)
	}
}
