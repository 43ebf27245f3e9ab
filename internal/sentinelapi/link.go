package sentinelapi

import (
	"errors"
	"net/url"
	"strings"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
)

// linkCharsMax bounds a nextLink: its skip token and the query it repeats have
// some hundred characters.
const linkCharsMax = 16 << 10

// checkLink returns the link to follow: https, the very origin and path that the
// list was asked at, in whatever case the service writes it. The query is the
// service's affair, but must be one: it comes with bare blanks and quotes. The
// error never repeats the link.
func checkLink(origin, path, link string) (string, error) {
	if len(link) > linkCharsMax {
		return "", errors.New("nextLink is too long")
	}
	head, query, _ := strings.Cut(link, "?")
	u, err := url.Parse(head)
	if err != nil || u.User != nil || u.Opaque != "" {
		return "", errors.New("nextLink is not a link")
	}
	there, err := azure.ParseOrigin(u.Scheme + "://" + u.Host)
	if err != nil || there != origin {
		return "", errors.New("nextLink leaves the configured host")
	}
	if !strings.EqualFold(u.EscapedPath(), path) {
		return "", errors.New("nextLink leaves the collection")
	}
	query, _, _ = strings.Cut(query, "#")
	return origin + path + "?" + reencode(query), nil
}

// reencode escapes what cannot stand in a query. Where something had to be, the
// service wrote the text bare, so that a plus in it is a plus, and no escape.
func reencode(query string) string {
	bare := strings.ContainsFunc(query, func(r rune) bool { return r > unreservedMax || !allowed(byte(r)) })
	var b strings.Builder
	for i := range len(query) {
		switch c := query[i]; {
		case c == '%' && !isEscape(query[i:]), c == '+' && bare, !allowed(c):
			b.WriteString("%" + strings.ToUpper(string(hexDigits[c>>4])+string(hexDigits[c&15])))
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

const (
	hexDigits     = "0123456789abcdef"
	unreservedMax = 0x7e
)

// allowed are the characters of a query, and the percent sign.
// Source: RFC 3986, section 3.4, without the apostrophe, which OData's quotes
// are made of and some proxies escape.
func allowed(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~!$&()*+,;=:@/?%", c) >= 0
}

func isEscape(text string) bool {
	return len(text) >= len("%xx") && isHex(text[1]) && isHex(text[2])
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}
