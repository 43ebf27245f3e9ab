package graphapi

import (
	"errors"
	"net/url"
	"strings"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
)

// linkCharsMax bounds a nextLink. Skip-based ones are short; skip tokens of
// other Graph resources reach a few thousand characters.
const linkCharsMax = 16 << 10

// checkLink returns the link to follow: https, the very origin and path that
// the list was asked at. The query is the service's affair, but blanks in it
// are escaped, as some services leave them. The error never repeats the link.
func checkLink(origin, path, link string) (string, error) {
	if len(link) > linkCharsMax {
		return "", errors.New("nextLink is too long")
	}
	u, err := url.Parse(link)
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
	query := strings.ReplaceAll(u.RawQuery, " ", "%20")
	return origin + path + "?" + query, nil
}
