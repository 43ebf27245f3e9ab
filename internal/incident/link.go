package incident

import (
	"crypto/sha1" //nolint:gosec // RFC 9562 makes UUIDv5 of SHA-1; nothing is kept secret by it
	"encoding/hex"
	"strconv"
	"strings"
)

// Link names a Defender incident in the whole world.
type Link struct {
	// Cloud is the Microsoft cloud of the Defender tenant.
	Cloud string `json:"cloud"`
	// TenantID is the Defender tenant, a GUID in lower case.
	TenantID string `json:"tenant"`
	// IncidentID is Graph's id: decimal digits, never compared as a number.
	IncidentID string `json:"incident"`
}

// namespace of every name derived here: ours, drawn once, fixed for ever.
var namespace = [16]byte{0x0b, 0x6f, 0x1c, 0x52, 0x9a, 0x4e, 0x5d, 0x17, 0x8e, 0x63, 0x2f, 0x70, 0x41, 0xd8, 0xa9, 0x35}

// SentinelName is the resource name of the Sentinel incident that is kept in
// step with this one: a UUIDv5, the same wherever it is worked out, so that no
// incident is ever made twice and no label has to be believed.
func (l Link) SentinelName() string { return derive("incident", l.Cloud, l.TenantID, l.IncidentID) }

// RelationName is the resource name of the relation of an alert, by Sentinel's
// id of it, with a Sentinel incident: relating it twice is relating it once.
func RelationName(sentinelIncident, systemAlertID string) string {
	return derive("relation", sentinelIncident, strings.ToLower(systemAlertID))
}

// IsDerived reports whether a Sentinel incident's name has the shape of a
// derived one. Only [Link.SentinelName] proves that it is.
func IsDerived(name string) bool {
	return len(name) == 36 && name[14] == '5' && name[8] == '-' && name[13] == '-' && name[18] == '-' && name[23] == '-'
}

// labelPrefix begins our own label.
const labelPrefix = "defender:"

// RedirectedLabel marks the twin of an incident that was merged into another.
// Source: Microsoft, alerts and incidents correlation, read 2026-11.
const RedirectedLabel = "Redirected"

// Label is what people read on the Sentinel incident: `defender:4711@tenant`.
func (l Link) Label() string { return labelPrefix + l.IncidentID + "@" + l.TenantID }

// IsOwnLabel reports whether a label is ours and not a person's tag.
func IsOwnLabel(label string) bool {
	return strings.HasPrefix(label, labelPrefix) || strings.EqualFold(label, RedirectedLabel)
}

// ClaimedLink is the link that labels claim; false if none does. A claim is a
// hint and proves nothing: compare the name with SentinelName.
func ClaimedLink(cloud string, labels []string) (Link, bool) {
	for _, label := range labels {
		claim, ours := strings.CutPrefix(label, labelPrefix)
		id, tenant, whole := strings.Cut(claim, "@")
		if ours && whole && id != "" && tenant != "" {
			return Link{Cloud: cloud, TenantID: strings.ToLower(tenant), IncidentID: id}, true
		}
	}
	return Link{}, false
}

// derive is a UUIDv5 in our namespace over parts, each with its length, so that
// ("a","bc") and ("ab","c") differ.
// Source: RFC 9562, section 5.5.
func derive(parts ...string) string {
	name := append([]byte(nil), namespace[:]...)
	for _, part := range parts {
		name = append(strconv.AppendInt(name, int64(len(part)), 10), ':')
		name = append(name, part...)
	}
	sum := sha1.Sum(name) //nolint:gosec // as above
	const version, variant = 0x50, 0x80
	sum[6] = sum[6]&0x0f | version
	sum[8] = sum[8]&0x3f | variant
	text := hex.EncodeToString(sum[:16])
	return text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:]
}
