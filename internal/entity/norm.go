package entity

import (
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// identifierBytesMax is the longest identifier: twice the longest URL that
// browsers and Azure's own limits let through.
const identifierBytesMax = 4096

// blanks are what is trimmed off a value, a byte order mark among them.
const blanks = " \t\r\n\u00a0\ufeff\u200b"

// normText trims a value and answers "" for what is no value: nothing but
// blanks or a byte order mark, mis-decoded text, a mask, or a stand-in.
func normText(s string) string {
	if plain, _ := plainText(s); plain {
		return s
	}
	return normOddText(s)
}

// plainText reports a value that needs no second look, as nearly all are:
// longer than any stand-in, printable ASCII with no star, no blank at either
// end. lower is whether it has no capitals.
func plainText(s string) (plain, lower bool) {
	if len(s) < 8 || len(s) > identifierBytesMax || s[0] == ' ' || s[len(s)-1] == ' ' {
		return false, false
	}
	lower = true
	for i := range len(s) {
		c := s[i]
		if c < ' ' || c > '~' || c == '*' {
			return false, false
		}
		lower = lower && (c < 'A' || c > 'Z')
	}
	return true, lower
}

func normOddText(s string) string {
	s = strings.Trim(s, blanks)
	if len(s) == 0 || len(s) > identifierBytesMax || strings.ContainsRune(s, '\ufffd') || masked(s) {
		return ""
	}
	switch len(s) {
	case 1, 2, 3, 4, 7:
		switch strings.ToLower(s) {
		case "-", "n/a", "none", "null", "unknown":
			return ""
		}
	}
	return s
}

// masked reports a value whose letters were put behind stars, whole or in
// part: `***`, `a****@contoso.com`. One star alone is a wildcard.
func masked(s string) bool {
	return s == "*" || strings.Contains(s, "***")
}

// normName is normText for names that are equal whatever their case.
func normName(s string) string {
	if plain, lower := plainText(s); plain && lower {
		return s
	}
	return strings.ToLower(normText(s))
}

// normLogin is for account names: no mark-up, no stars, and not the service's
// own stand-ins for "nobody".
func normLogin(s string) string {
	s = normName(s)
	if strings.ContainsAny(s, "*<>") || strings.Contains(s, "&lt;") {
		return ""
	}
	switch s {
	case "automation", "suppression rule":
		return ""
	}
	return s
}

// normDomain answers "" for what stands in a domain's place without being one.
func normDomain(s string) string {
	s = normLogin(strings.TrimRight(s, "."+blanks))
	switch s {
	case "workgroup", "mshome", "localdomain", "local":
		return ""
	}
	return s
}

// normMail is for mail addresses and principal names: exactly one @, with
// something on both sides.
func normMail(s string) string {
	s = normLogin(bareAddress(s))
	at := strings.IndexByte(s, '@')
	if at <= 0 || at == len(s)-1 || strings.IndexByte(s[at+1:], '@') >= 0 || strings.ContainsAny(s, " \t") {
		return ""
	}
	return s
}

// normGUID is for ids that are mostly GUIDs; the empty GUID names nothing.
func normGUID(s string) string {
	s = normName(s)
	for i := range len(s) {
		switch s[i] {
		case '0', '-', '{', '}':
		default:
			return s
		}
	}
	return ""
}

// normSID wants S-1-….
func normSID(s string) string {
	s = normName(s)
	if !strings.HasPrefix(s, "s-1-") {
		return ""
	}
	return s
}

// normHash wants hexadecimal digits, not all of them 0.
func normHash(s string) string {
	s = normName(s)
	zero := true
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return ""
		}
		zero = zero && c == '0'
	}
	if zero {
		return ""
	}
	return s
}

// normPID: process 0 is no process but a missing number.
func normPID(s string) string {
	s = normText(s)
	if s == "0" {
		return ""
	}
	return s
}

// normPath folds the case of names that are no Unix paths.
func normPath(s string) string {
	s = normText(s)
	if strings.HasPrefix(s, "/") {
		return s
	}
	return normName(strings.TrimRight(s, `\`+blanks))
}

// normTime brings the same instant to the same text; year 1 is a missing time.
func normTime(s string) string {
	if canonicalTime(s) {
		return s
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	t = t.UTC()
	if err != nil || t.Year() <= 1 || t.Year() > 9999 {
		return ""
	}
	return t.Format(time.RFC3339Nano)
}

// canonicalTime reports 2026-01-22T12:05:36.24622Z, as Graph writes times: UTC,
// trailing zeros trimmed.
func canonicalTime(s string) bool {
	const form = "dddd-dd-ddTdd:dd:dd"
	if len(s) < len(form)+1 || len(s) > len(form)+len(".1234567Z") || s[:4] < "0002" || s[len(s)-1] != 'Z' {
		return false
	}
	for i := range len(s) - 1 {
		digit := s[i] >= '0' && s[i] <= '9'
		switch {
		case i == len(form):
			if s[i] != '.' {
				return false
			}
		case i > len(form), form[i] == 'd':
			if !digit {
				return false
			}
		case s[i] != form[i]:
			return false
		}
	}
	return len(s) == len(form)+1 || s[len(s)-2] != '0' && s[len(s)-2] != '.'
}

// normIP brings an address to its canonical text.
func normIP(s string) string {
	addr, err := netip.ParseAddr(normText(s))
	if err != nil || addr.IsUnspecified() {
		return ""
	}
	return addr.Unmap().String()
}

// globalIP reports an address that names the same machine everywhere.
func globalIP(s string) bool {
	addr, err := netip.ParseAddr(s)
	if err != nil || !addr.IsGlobalUnicast() || addr.IsPrivate() {
		return false
	}
	carrier := netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64, 0, 0}), 10) // RFC 6598
	return !carrier.Contains(addr)
}

// normURL folds scheme and host, which are equal whatever their case.
func normURL(s string) string {
	s = normText(s)
	end := strings.Index(s, "://")
	if end < 0 {
		return s
	}
	end += len("://")
	if slash := strings.IndexAny(s[end:], "/?#"); slash >= 0 {
		end += slash
	} else {
		end = len(s)
	}
	return strings.ToLower(s[:end]) + s[end:]
}

// absoluteURL reports a URL with scheme and host.
func absoluteURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Scheme != "" && u.Host != ""
}

// bareAddress takes the address out of `"Jane Doe" <jane@contoso.com>`; any
// other text comes back as it is.
func bareAddress(s string) string {
	end := strings.LastIndexByte(s, '>')
	if end < 0 || strings.TrimSpace(s[end+1:]) != "" {
		return s
	}
	start := strings.LastIndexByte(s[:end], '<')
	if start < 0 {
		return s
	}
	if inner := strings.TrimSpace(s[start+1 : end]); strings.IndexByte(inner, '@') > 0 {
		return inner
	}
	return s
}

// splitAt splits `name@suffix`; ok is false when it is not of that form.
func splitAt(s string) (name, suffix string, ok bool) {
	at := strings.LastIndexByte(s, '@')
	if at <= 0 || at == len(s)-1 {
		return "", "", false
	}
	return s[:at], s[at+1:], true
}

// pascal turns a Graph name into PascalCase. A name that does not begin with a
// letter gets an underscore, so that it can be none of the members set here.
func pascal(s string) string {
	if s == "" {
		return "_"
	}
	switch c := s[0]; {
	case 'a' <= c && c <= 'z':
		return string(c-'a'+'A') + s[1:]
	case 'A' <= c && c <= 'Z':
		return s
	default:
		return "_" + s
	}
}

// Meaningful reports a text that says something: it is not blank, not masked,
// not mis-decoded and no stand-in such as `-` or `unknown`.
func Meaningful(s string) bool {
	return len(s) > identifierBytesMax || normText(s) != ""
}
