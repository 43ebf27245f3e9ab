package entity

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// blanks are what is trimmed off a value, a byte order mark among them.
const blanks = " \t\r\n\u00a0\ufeff\u200b"

// plain reports a value that needs no second look, as nearly all are: printable
// ASCII without what begins a mask or a mark, no blank at either end, and no
// stand-in.
func plain(s string) bool {
	if len(s) == 0 || len(s) > identifierBytesMax || s[0] == ' ' || s[len(s)-1] == ' ' {
		return false
	}
	i := 0
	for ; i+8 <= len(s); i += 8 {
		// Lowest byte first, which the compiler makes one load of.
		w := uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24 |
			uint64(s[i+4])<<32 | uint64(s[i+5])<<40 | uint64(s[i+6])<<48 | uint64(s[i+7])<<56
		if odd(w) {
			return false
		}
	}
	for ; i < len(s); i++ {
		if c := s[i]; c < ' ' || c > '~' || c == '*' || c == '<' || c == '&' {
			return false
		}
	}
	return !mayStandIn(s[0]) || len(s) > standInMax
}

// mayStandIn reports the first letter of a stand-in, or of a mask of x.
func mayStandIn(c byte) bool {
	switch c | 0x20 {
	case 'n', 'u', 'r', 'x', '-', '[' | 0x20, '(':
		return true
	}
	return false
}

// odd reports a byte of w that is beyond printable ASCII, or one of *, < and &.
// It may see one where there is none behind one that there is.
func odd(w uint64) bool {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	is := func(c byte) uint64 { return (w ^ ones*uint64(c)) - ones }
	return ((w-ones*' ')|is('*')|is('<')|is('&')|is('\x7f')|w)&highs != 0
}

// standInMax is the length of the longest stand-in.
const standInMax = len("[redacted]")

// broken reports a trimmed value that is no identifier: nothing at all, too
// long, behind a mask, mis-decoded, with control characters, or a stand-in.
func broken(s string) bool {
	if len(s) == 0 || len(s) > identifierBytesMax || masked(s) || misdecoded(s) {
		return true
	}
	if len(s) > standInMax || !mayStandIn(s[0]) {
		return false
	}
	switch strings.ToLower(s) {
	case "-", "n/a", "none", "null", "unknown", "redacted", "[redacted]", "(redacted)":
		return true
	}
	return false
}

// IsNobody reports a name that the service puts where no person is: Automation,
// Suppression rule.
func IsNobody(name string) bool { return nobody(name) }

// nobody reports the service's own stand-ins in an owner's place.
//
// Source: Microsoft Graph security alerts, assignedTo, seen 2026-11.
func nobody(s string) bool {
	switch len(s) {
	case len("automation"):
		return strings.EqualFold(s, "automation")
	case len("suppression rule"):
		return strings.EqualFold(s, "suppression rule")
	}
	return false
}

// masked reports a value whose letters were put behind stars or bullets, whole
// or in part: `***`, `a****@contoso.com`, `xxxxx`. One star alone is a wildcard.
func masked(s string) bool {
	if strings.Contains(s, "***") || strings.ContainsAny(s, "\u2022\u25cf\u2217") {
		return true
	}
	return strings.Trim(s, "*") == "" || len(s) >= 4 && strings.Trim(s, "xX") == ""
}

// markedUp reports HTML: a tag, or a character written as an entity.
func markedUp(s string) bool {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '<':
			if i+1 < len(s) && (s[i+1] == '/' || s[i+1] == '!' || letter(s[i+1])) && strings.IndexByte(s[i:], '>') > 0 {
				return true
			}
		case '&':
			if entityName(s[i+1:]) {
				return true
			}
		}
	}
	return false
}

// entityName reports `amp;`, `#39;` or the like at the head of s.
func entityName(s string) bool {
	const longest = len("thetasym")
	end := strings.IndexByte(s, ';')
	if end < 2 || end > longest {
		return false
	}
	for i, c := range []byte(s[:end]) {
		if !letter(c) && (c < '0' || c > '9') && (c != '#' || i > 0) {
			return false
		}
	}
	return true
}

func letter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// misdecoded reports a text that was read in the wrong encoding: a U+FFFD, a
// control character, or letters that are UTF-8 taken for Windows-1252
// (`JosÃ©` for José).
func misdecoded(s string) bool {
	ascii := true
	for _, r := range s {
		if r == utf8.RuneError || unicode.IsControl(r) && !strings.ContainsRune(blanks, r) {
			return true
		}
		ascii = ascii && r < utf8.RuneSelf
	}
	if ascii {
		return false
	}
	asBytes := make([]byte, 0, len(s))
	for _, r := range s {
		c, ok := windows1252(r)
		if !ok {
			return false
		}
		asBytes = append(asBytes, c)
	}
	return utf8.Valid(asBytes)
}

// windows1252 is the byte of that code page which stands for r.
func windows1252(r rune) (c byte, ok bool) {
	const first = 0x80
	table := [...]rune{
		'€', 0x81, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0x8d, 'Ž', 0x8f,
		0x90, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0x9d, 'ž', 'Ÿ',
	}
	if r < first || r >= first+rune(len(table)) && r <= 0xff {
		return byte(r), true
	}
	for i, special := range table {
		if special == r {
			return byte(first + i), true
		}
	}
	return 0, false
}
