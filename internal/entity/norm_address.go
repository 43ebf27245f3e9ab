package entity

import (
	"net/netip"
	"strings"
	"unicode/utf8"
)

// normMail is for mail addresses and principal names: exactly one @, with
// something on both sides.
func normMail(s string) ident {
	i := normLogin(bareAddress(s))
	at := strings.IndexByte(i.text, '@')
	if at <= 0 || at == len(i.text)-1 || strings.IndexByte(i.text[at+1:], '@') >= 0 ||
		strings.IndexByte(i.text, ' ') >= 0 || strings.IndexByte(i.text, '\t') >= 0 {
		return ident{}
	}
	return i
}

// normIP brings an address to its canonical text.
func normIP(s string) ident {
	if s != "" && (s[0] <= ' ' || s[len(s)-1] <= ' ' || s[0] >= utf8.RuneSelf || s[len(s)-1] >= utf8.RuneSelf) {
		s = strings.Trim(s, blanks)
	}
	addr, err := netip.ParseAddr(s)
	if err != nil || addr.IsUnspecified() {
		return ident{}
	}
	var stack [64]byte
	if text := addr.Unmap().AppendTo(stack[:0]); string(text) != s {
		return ident{text: string(text)}
	}
	return ident{text: s}
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
func normURL(s string) ident {
	i := normText(s)
	end := strings.Index(i.text, "://")
	if end < 0 {
		return i
	}
	end += len("://")
	if slash := strings.IndexAny(i.text[end:], "/?#"); slash >= 0 {
		end += slash
	} else {
		end = len(i.text)
	}
	if head := strings.ToLower(i.text[:end]); head != i.text[:end] {
		i.text = head + i.text[end:]
	}
	return i
}

// absoluteURL reports a URL with scheme and host.
func absoluteURL(s string) bool {
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok || scheme == "" || !letter(scheme[0]) {
		return false
	}
	for i := range len(scheme) {
		if c := scheme[i]; !letter(c) && (c < '0' || c > '9') && c != '+' && c != '-' && c != '.' {
			return false
		}
	}
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		rest = rest[:end]
	}
	return rest != "" && rest[len(rest)-1] != '@'
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
