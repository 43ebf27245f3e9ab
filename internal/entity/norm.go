package entity

import (
	"strings"
	"time"
	"unicode/utf8"
)

// ident is an identifier's value in the text in which equal things are equal;
// the zero ident is none.
type ident struct {
	text string
	// thing is one more than the number of the thing that the value is, 0 when
	// it is a text.
	thing int32
	// fold: letters A to Z are equal whatever their case.
	fold bool
	// hashed is its hash, 0 until that is asked for.
	hashed uint64
}

func (i ident) none() bool { return i.text == "" && i.thing == 0 }

// equal reports the same value.
func (i ident) equal(j ident) bool {
	switch {
	case i.thing != j.thing:
		return false
	case i.text == j.text:
		return true
	}
	return (i.fold || j.fold) && len(i.text) == len(j.text) && equalFold(i.text, j.text)
}

// equalFold reports texts of one length that differ in the case of A to Z at
// most, as hash and canonical have it.
func equalFold(s, t string) bool {
	for i := range len(s) {
		if c, d := s[i], t[i]; c != d && (c|0x20 != d|0x20 || !letter(c)) {
			return false
		}
	}
	return true
}

// canonical appends the one text of all that are equal to i.
func (i ident) canonical(dst []byte) []byte {
	if !i.fold {
		return append(dst, i.text...)
	}
	for _, c := range []byte(i.text) {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}

// identifierBytesMax is the longest identifier: twice the longest URL that
// browsers and Azure's own limits let through.
const identifierBytesMax = 4096

// normText takes a value as it is and answers none for what is no value: see
// broken.
func normText(s string) ident {
	if plain(s) {
		return ident{text: s}
	}
	s = strings.Trim(s, blanks)
	if broken(s) || markedUp(s) {
		return ident{}
	}
	return ident{text: s}
}

// normFree is normText for texts in which marks and brackets have a meaning:
// queries, command lines.
func normFree(s string) ident {
	if plain(s) {
		return ident{text: s}
	}
	if s = strings.Trim(s, blanks); broken(s) {
		return ident{}
	}
	return ident{text: s}
}

// normName is normText for names that are equal whatever their case.
func normName(s string) ident {
	if plain(s) {
		return ident{text: s, fold: true}
	}
	return folded(normText(s))
}

// folded makes letters equal whatever their case: those beyond A to Z at once.
func folded(i ident) ident {
	i.fold = true
	for j := range len(i.text) {
		if i.text[j] >= utf8.RuneSelf {
			i.text = strings.ToLower(i.text)
			break
		}
	}
	return i
}

// normLogin is for account names: no stars, no quotes of an address, and not
// the service's own stand-ins for "nobody".
func normLogin(s string) ident {
	i := normName(s)
	for j := range len(i.text) {
		if c := i.text[j]; c == '*' || c == '<' || c == '>' {
			return ident{}
		}
	}
	if nobody(i.text) {
		return ident{}
	}
	return i
}

// normDomain answers none for what stands in a domain's place without being one.
func normDomain(s string) ident {
	i := normLogin(strings.TrimRight(s, "."+blanks))
	if len(i.text) > len("localdomain") || i.text == "" || !strings.ContainsRune("wmlWML", rune(i.text[0])) {
		return i
	}
	switch strings.ToLower(i.text) {
	case "workgroup", "mshome", "localdomain", "local":
		return ident{}
	}
	return i
}

// normGUID is for ids that are mostly GUIDs; the empty GUID names nothing.
func normGUID(s string) ident {
	i := normName(s)
	for j := range len(i.text) {
		switch i.text[j] {
		case '0', '-', '{', '}':
		default:
			return i
		}
	}
	return ident{}
}

// normSID wants S-1-….
func normSID(s string) ident {
	i := normName(s)
	if !hasPrefixFold(i.text, "s-1-") {
		return ident{}
	}
	return i
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// normHash wants hexadecimal digits, not all of them 0.
func normHash(s string) ident {
	if s != "" && (s[0] <= ' ' || s[len(s)-1] <= ' ' || s[0] >= utf8.RuneSelf) {
		s = strings.Trim(s, blanks)
	}
	zero := true
	for j := range len(s) {
		c := s[j]
		if (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'f') {
			return ident{}
		}
		zero = zero && c == '0'
	}
	if zero || len(s) > identifierBytesMax {
		return ident{}
	}
	return ident{text: s, fold: true}
}

// normPID: process 0 is no process but a missing number.
func normPID(s string) ident {
	i := normText(s)
	if i.text == "0" {
		return ident{}
	}
	return i
}

// normPath folds the case of names that are no Unix paths.
func normPath(s string) ident {
	i := normText(s)
	if strings.HasPrefix(i.text, "/") {
		return i
	}
	if strings.HasSuffix(i.text, `\`) {
		i.text = strings.TrimRight(i.text, `\`+blanks)
	}
	if i.text == "" {
		return ident{}
	}
	return folded(i)
}

// normTime brings the same instant to the same text; year 1 is a missing time.
func normTime(s string) ident {
	if canonicalTime(s) {
		return ident{text: s}
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	t = t.UTC()
	if err != nil || t.Year() <= 1 || t.Year() > 9999 {
		return ident{}
	}
	return ident{text: t.Format(time.RFC3339Nano)}
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
// not mis-decoded, no mark-up and no stand-in such as `-` or `unknown`.
func Meaningful(s string) bool {
	return len(s) > identifierBytesMax || !normText(s).none()
}
