package sentinel

import (
	"cmp"
	"slices"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// Snapshot is an incident as the sync sees it, from a record's body, which may
// have a member `comments`, or from an answer as it is.
//
// Absent and null members are alike, and unset. What is kept in step, and
// lastModifiedTimeUtc, must be of its own type, else the error, a
// *SnapshotError, names the member: an owner that cannot be read is not
// "nobody". What is only good to have is then absent.
//
// Source: Microsoft.SecurityInsights 2025-09-01, Incident, read 2026-11.
func Snapshot(body pcommon.Map) (incident.Snapshot, error) {
	top := record.NewFields(body)
	f := top.Object("properties")
	loose, extra := f.Loose(), f.Loose().Object("additionalData")
	s := incident.Snapshot{
		Revision:           f.Time("lastModifiedTimeUtc"),
		Etag:               top.Word("etag"),
		URL:                loose.Word("incidentUrl"),
		ProviderName:       loose.Word("providerName"),
		ProviderIncidentID: loose.Word("providerIncidentId"),
		ProviderURL:        extra.Word("providerIncidentUrl"),
		Created:            loose.Time("createdTimeUtc"),
		FirstActivity:      loose.Time("firstActivityTimeUtc"),
		LastActivity:       loose.Time("lastActivityTimeUtc"),
		CommentCount:       int(max(extra.Int("commentsCount"), -1)),
	}
	var tags []string
	s.Labels, tags = labels(f)
	s.Values = values(f, tags)
	s.Comments, s.CommentsKnown = comments(top, "comments")
	if s.Revision.IsZero() {
		top.Wrong("properties.lastModifiedTimeUtc", "missing")
	}
	if s.Values[incident.FieldStatus] == "" {
		top.Wrong("properties.status", "missing")
	}
	if err := top.Err(); err != nil {
		return incident.Snapshot{}, &SnapshotError{err}
	}
	return s, nil
}

// SnapshotError says which member of an object cannot be used and why; it holds
// no value.
type SnapshotError struct{ Err error }

// Error is "read incident: properties.owner: not an object".
func (e *SnapshotError) Error() string { return "read incident: " + e.Err.Error() }

// Unwrap is the cause.
func (e *SnapshotError) Unwrap() error { return e.Err }

// ReadSnapshot is Snapshot of an answer's text. The error may also be a
// *record.ParseError, for a text that is no JSON object.
func ReadSnapshot(text []byte) (incident.Snapshot, error) {
	body, err := object(text)
	if err != nil {
		return incident.Snapshot{}, err
	}
	return Snapshot(body)
}

// object is a text as a map.
func object(text []byte) (pcommon.Map, error) {
	var d record.Document
	if err := d.Parse(text); err != nil {
		return pcommon.Map{}, err
	}
	if !d.IsObject() {
		return pcommon.Map{}, &record.ParseError{Problem: record.ProblemSyntax}
	}
	body := pcommon.NewValueEmpty()
	d.Build(body)
	return body.Map(), nil
}

func values(f record.Fields, tags []string) incident.Values {
	var v incident.Values
	v[incident.FieldStatus] = incident.Value(spell(f.Word("status"), statuses...))
	v[incident.FieldVerdict] = incident.NewVerdict(spellClass(f.Word("classification")), spellReason(f.Word("classificationReason")))
	v[incident.FieldOwner] = owner(f.Object("owner"))
	v[incident.FieldSeverity] = incident.Value(spell(f.Word("severity"), severities...))
	v[incident.FieldTags] = incident.Tags(tags)
	v[incident.FieldTitle] = incident.Value(f.Text("title"))
	v[incident.FieldDescription] = incident.Value(f.Text("description"))
	return v
}

// objectIDPrefix begins the principal of an owner of whom nothing else is known.
const objectIDPrefix = "id:"

// owner is the principal of an owner. A group has no user principal name.
func owner(f record.Fields) incident.Value {
	for _, name := range []string{"userPrincipalName", "email", "assignedTo"} {
		if p := incident.Principal(f.Word(name)); p != "" {
			return p
		}
	}
	if id := incident.Principal(f.Word("objectId")); id != "" {
		return objectIDPrefix + id
	}
	return ""
}

// labels are all labels, and those of them that are a person's tags.
func labels(f record.Fields) (all, tags []string) {
	elements, _ := f.Objects("labels")
	for _, e := range elements {
		name := e.Word("labelName")
		if name == "" {
			continue
		}
		all = append(all, name)
		if isTag(name, e.Word("labelType")) {
			tags = append(tags, name)
		}
	}
	return all, tags
}

// isTag tells a person's tag from our own labels and the system's.
func isTag(name, kind string) bool {
	return !incident.IsOwnLabel(name) && !strings.EqualFold(kind, "AutoAssigned")
}

// comments are those of an array, oldest first; false if it is not there.
func comments(f record.Fields, name string) ([]incident.Comment, bool) {
	elements, ok := f.Objects(name)
	if !ok {
		return nil, false
	}
	list := make([]incident.Comment, 0, len(elements))
	for _, e := range elements {
		if c := comment(e); c.Text != "" {
			list = append(list, c)
		}
	}
	slices.SortStableFunc(list, func(a, b incident.Comment) int {
		return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.Name, b.Name))
	})
	return list, true
}

func comment(f record.Fields) incident.Comment {
	p := f.Object("properties")
	author := p.Loose().Object("author")
	return incident.Comment{
		Name:    strings.ToLower(f.Word("name")),
		Author:  cmp.Or(author.Word("name"), author.Word("userPrincipalName"), author.Word("email")),
		Created: p.Time("createdTimeUtc"),
		Text:    p.Text("message"),
	}
}
