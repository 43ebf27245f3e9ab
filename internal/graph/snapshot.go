package graph

import (
	"cmp"
	"io"
	"slices"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// Snapshot is an incident as the sync sees it, from a record's body or from an
// answer as it is: a member `alerts` is not needed, and gives the alerts' ids
// if it is there.
//
// Absent and null members are alike, and unset. What is kept in step, and
// lastUpdateDateTime, which tells revisions apart, must be of its own type, else
// the error names the member: an owner that cannot be read is not "nobody".
// What is only good to have is then absent. Comments that are null are not
// known, because a comment that is taken for missing is posted twice.
//
// Source: Microsoft Graph v1.0, security incident, read 2026-11.
func Snapshot(body pcommon.Map) (incident.Snapshot, error) {
	f := record.NewFields(body)
	loose := f.Loose()
	s := incident.Snapshot{
		Values:       values(f),
		Revision:     f.Time("lastUpdateDateTime"),
		RedirectedTo: f.Word("redirectIncidentId"),
		URL:          loose.Word("incidentWebUrl"),
		Created:      loose.Time("createdDateTime"),
		AlertIDs:     alertIDs(loose),
	}
	s.Comments, s.CommentsKnown = comments(f, "comments")
	s.CommentCount = -1
	if s.CommentsKnown {
		s.CommentCount = len(s.Comments)
	}
	if s.Revision.IsZero() {
		f.Wrong("lastUpdateDateTime", "missing")
	}
	if s.Values[incident.FieldStatus] == "" {
		f.Wrong("status", "missing")
	}
	if err := f.Err(); err != nil {
		return incident.Snapshot{}, &SnapshotError{err}
	}
	return s, nil
}

// SnapshotError says which member of an incident cannot be used and why; it
// holds no value.
type SnapshotError struct{ Err error }

// Error is "read incident: assignedTo: not a text".
func (e *SnapshotError) Error() string { return "read incident: " + e.Err.Error() }

// Unwrap is the cause.
func (e *SnapshotError) Unwrap() error { return e.Err }

func values(f record.Fields) incident.Values {
	var v incident.Values
	v[incident.FieldStatus] = incident.Value(f.Word("status"))
	v[incident.FieldVerdict] = incident.NewVerdict(f.Word("classification"), f.Word("determination"))
	v[incident.FieldOwner] = incident.Principal(f.Word("assignedTo"))
	v[incident.FieldSeverity] = incident.Value(f.Word("severity"))
	v[incident.FieldTags] = incident.Tags(f.Words("customTags"))
	v[incident.FieldTitle] = incident.Value(f.Text("displayName"))
	v[incident.FieldDescription] = incident.Value(f.Text("description"))
	return v
}

// comments are those of an array, oldest first; false if it is not there. One
// without a text says nothing and is left out.
func comments(f record.Fields, name string) ([]incident.Comment, bool) {
	elements, ok := f.Objects(name)
	if !ok {
		return nil, false
	}
	list := make([]incident.Comment, 0, len(elements))
	for _, e := range elements {
		c := incident.Comment{
			Author:  e.Loose().Word("createdByDisplayName"),
			Created: e.Time("createdDateTime"),
			Text:    e.Text("comment"),
		}
		if c.Text != "" {
			list = append(list, c)
		}
	}
	slices.SortStableFunc(list, func(a, b incident.Comment) int {
		return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.Text, b.Text))
	})
	return list, true
}

func alertIDs(f record.Fields) []string {
	var ids []string
	alerts, _ := f.Objects("alerts")
	for _, a := range alerts {
		if id := a.Word("id"); id != "" {
			ids = append(ids, id)
		}
	}
	return ids
}

// ReadSnapshot reads the answer to a get or a PATCH of one incident, from r to
// its end. Errors as ReadObject, or a *SnapshotError.
func ReadSnapshot(r io.Reader) (incident.Snapshot, error) {
	var s incident.Snapshot
	err := ReadObject(r, KindIncident, func(o *Object) error {
		if o.Kind != KindIncident {
			return nil
		}
		body := pcommon.NewValueEmpty()
		o.doc.Build(body)
		var err error
		s, err = Snapshot(body.Map())
		s.AlertIDs = slices.DeleteFunc(slices.Clone(o.AlertIDs), func(id string) bool { return id == "" })
		return err
	})
	if err != nil {
		return incident.Snapshot{}, err
	}
	return s, nil
}

// commentsBytesMax bounds the answer to a comment: a thousand of the longest.
const commentsBytesMax = 128 << 20

// ReadComments reads the answer to a POST of a comment, which is all comments
// of the incident, oldest first.
//
// Source: Microsoft Graph v1.0, create comment for incident, read 2026-11.
func ReadComments(r io.Reader) ([]incident.Comment, error) {
	d := newReader(r, KindIncident, nil)
	defer d.release()
	err := d.parse(commentsBytesMax)
	if err == nil {
		err = d.src.end()
	}
	if err == nil && !d.whole.IsObject() {
		err = ProblemNoObject
	}
	if err != nil {
		return nil, d.wrap(err)
	}
	body := pcommon.NewValueEmpty()
	d.whole.Build(body)
	f := record.NewFields(body.Map())
	list, ok := comments(f, "value")
	if !ok {
		f.Wrong("value", "missing")
	}
	if err := f.Err(); err != nil {
		return nil, &SnapshotError{err}
	}
	return list, nil
}
