package sentinel

import (
	"bytes"
	"crypto/sha256"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// Incident is one incident as it was read: the summary by which a caller
// decides, and the text behind it. It keeps nothing of the answer but a copy of
// its own text.
//
// Source: Microsoft.SecurityInsights 2025-09-01, Incident, read 2026-11.
type Incident struct {
	// Name is the resource name as the service writes it; "" when it has none.
	Name string
	// Etag names the revision; "" when there is none.
	Etag string
	// Status is the service's word.
	Status string
	// Updated is lastModifiedTimeUtc, zero when missing or unreadable.
	Updated time.Time
	// CommentCount is what the service says of their number; -1 unknown.
	CommentCount int
	// Labels are the names of all labels.
	Labels []string

	severity string
	text     []byte
	hash     record.Hash
}

// Page is one answer to a list of incidents.
type Page struct {
	// NextLink is where the next page is to be had, as the service wrote it;
	// "" on the last. It may name any host, and blanks in it may be bare.
	NextLink string
	// Incidents are those of the page, in the order received.
	Incidents []Incident
}

// ReadPage reads a page of incidents. An incident that lacks members, or has
// them of another type, is among them with what it has. The error is a
// *record.ParseError, or a *SnapshotError when there is no array `value` of
// objects.
//
// Source: Microsoft.SecurityInsights 2025-09-01, list incidents, read 2026-11.
func ReadPage(text []byte) (Page, error) {
	var d record.Document
	if err := d.Parse(text); err != nil {
		return Page{}, err
	}
	page, found := Page{}, false
	for name, v := range d.Members() {
		switch string(name) {
		case "nextLink":
			page.NextLink = string(v.Text())
		case "value":
			found = v.IsArray()
			for e := range v.Elements() {
				if !e.IsObject() {
					return Page{}, &SnapshotError{record.Problem("value: holds something else than objects")}
				}
				page.Incidents = append(page.Incidents, summarise(e.Raw()))
			}
		}
	}
	if !found {
		return Page{}, &SnapshotError{record.Problem("value: missing")}
	}
	return page, nil
}

// ReadIncident reads the answer to a get or a PUT of one incident. Errors as
// ReadSnapshot.
func ReadIncident(text []byte) (Incident, error) {
	if _, err := object(text); err != nil {
		return Incident{}, err
	}
	return summarise(bytes.TrimSpace(text)), nil
}

// summarise takes over an object's text, which is sound.
func summarise(text []byte) Incident {
	i := Incident{text: bytes.Clone(text)}
	body, err := object(i.text)
	if err != nil {
		return i // never: the caller has parsed it
	}
	f := record.NewFields(body).Loose()
	p := f.Object("properties")
	i.Name, i.Etag = f.Word("name"), f.Word("etag")
	i.Status, i.severity = spell(p.Word("status"), statuses...), p.Word("severity")
	i.Updated = p.Time("lastModifiedTimeUtc")
	i.CommentCount = int(max(p.Object("additionalData").Int("commentsCount"), -1))
	i.Labels, _ = labels(p)
	i.hash = i.revision()
	return i
}

// revision stands for the etag, which moves with every change and comment; for
// an incident without one, for its content.
func (i *Incident) revision() record.Hash {
	if i.Etag == "" {
		var d record.Document
		_ = d.Parse(i.text) // it was parsed before
		return d.Hash()
	}
	sum := sha256.Sum256([]byte(i.Etag))
	return record.Hash(sum[:len(record.Hash{})])
}

// Bytes is how long the incident's text is.
func (i *Incident) Bytes() int { return len(i.text) }

// Revision names the revision: the same etag, the same hash.
func (i *Incident) Revision() record.Hash { return i.hash }

// Snapshot is the incident as the sync sees it. Errors as Snapshot.
func (i *Incident) Snapshot() (incident.Snapshot, error) { return ReadSnapshot(i.text) }

// Link is the Defender incident that this one is kept in step with, and whether
// there is one: a label claims it, and the name proves it.
func (i *Incident) Link(cloud string) (incident.Link, bool) {
	for _, label := range i.Labels {
		claim, ok := incident.ClaimedLink(cloud, []string{label})
		if ok && strings.EqualFold(claim.SentinelName(), i.Name) {
			return claim, true
		}
	}
	return incident.Link{}, false
}

// MayBeLinked reports whether the incident has something to do with a Defender
// incident: its name has the shape of a derived one, or a label claims a link,
// be it falsely.
func (i *Incident) MayBeLinked(cloud string) bool {
	_, claims := incident.ClaimedLink(cloud, i.Labels)
	return claims || incident.IsDerived(strings.ToLower(i.Name))
}

// Origin is where an incident's record comes from.
type Origin struct {
	record.Origin
	Workspace Workspace
}

// attributesMax is how many attributes a record can get here, and room for what
// the receiver (resync) adds.
const attributesMax = 6

// AppendTo builds the incident's record at the end of records and returns it.
// comments are the raw elements of its comments' lists, and become the body's
// member `comments`; nil for comments that were not read, which is another
// revision of the record than one with them. observed, when the request was
// begun, becomes the observed timestamp.
func (i *Incident) AppendTo(records plog.LogRecordSlice, origin Origin, observed time.Time, comments [][]byte) plog.LogRecord {
	rec := records.AppendEmpty()
	attributes := rec.Attributes()
	attributes.EnsureCapacity(attributesMax)
	record.Revision{
		Event: record.EventSentinelIncident, ID: origin.Workspace.String() + "/" + strings.ToLower(i.Name), Hash: i.uidHash(comments),
		Updated: i.Updated, Observed: observed, Severity: i.severity,
	}.Fill(rec, origin.Origin)
	attributes.PutStr(record.SentinelIncidentName, i.Name)
	attributes.PutStr(record.CloudResourceID, origin.Workspace.String())
	if link, linked := i.Link(origin.Cloud); linked {
		attributes.PutStr(record.DefenderIncidentID, link.IncidentID)
		attributes.PutStr(record.DefenderTenantID, link.TenantID)
	}
	var d record.Document
	if d.Parse(i.withComments(comments)) != nil {
		_ = d.Parse(i.text) // without comments that cannot be taken
	}
	d.Build(rec.Body())
	return rec
}

// uidHash is the revision's, with comments another one.
func (i *Incident) uidHash(comments [][]byte) record.Hash {
	if comments == nil {
		return i.hash
	}
	h := sha256.New()
	h.Write(i.hash[:])
	h.Write([]byte("comments"))
	return record.Hash(h.Sum(nil)[:len(record.Hash{})])
}

// withComments is the incident's text with one more member.
func (i *Incident) withComments(comments [][]byte) []byte {
	if comments == nil {
		return i.text
	}
	text := bytes.TrimRight(bytes.TrimSuffix(bytes.Clone(i.text), []byte("}")), " \t\r\n")
	if len(text) > 1 {
		text = append(text, ',')
	}
	text = append(text, `"comments":[`...)
	text = append(text, bytes.Join(comments, []byte(","))...)
	return append(text, "]}"...)
}

// RawComments are the elements of one page of comments as they stand, for
// AppendTo. Errors as ReadComments.
func RawComments(text []byte) (raw [][]byte, nextLink string, err error) {
	if _, _, err := ReadComments(text); err != nil {
		return nil, "", err
	}
	var d record.Document
	_ = d.Parse(text) // it was read before
	raw = [][]byte{}
	for name, v := range d.Members() {
		switch string(name) {
		case "nextLink":
			nextLink = string(v.Text())
		case "value":
			for e := range v.Elements() {
				raw = append(raw, bytes.Clone(e.Raw()))
			}
		}
	}
	return raw, nextLink, nil
}
