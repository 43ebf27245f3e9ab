package emulator

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator/odata"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator/rawjson"
)

// pageRow is what the page shows of one incident, of either side. Words are the
// side's own.
type pageRow struct {
	ID        string        `json:"id"` // of the Defender incident, name of the Sentinel incident
	Number    int           `json:"number,omitempty"`
	Title     string        `json:"title"`
	Status    string        `json:"status"`
	Severity  string        `json:"severity"`
	Class     string        `json:"class"`  // classification, "" = none
	Reason    string        `json:"reason"` // determination, or classification reason
	Note      string        `json:"note"`   // resolving comment, or classification comment
	Owner     string        `json:"owner"`
	Tags      []string      `json:"tags"`
	Comments  []pageComment `json:"comments"`
	Alerts    int           `json:"alerts"`
	Created   time.Time     `json:"created"`
	Updated   time.Time     `json:"updated"`
	By        string        `json:"by,omitempty"`       // who changed it last, on Defender
	Redirect  string        `json:"redirect,omitempty"` // the incident it was merged into, on Defender
	Link      *incidentLink `json:"link,omitempty"`     // of a Sentinel incident: the Defender incident it stands for
	Provider  string        `json:"provider,omitempty"` // of a Sentinel incident
	IsDeleted bool          `json:"deleted,omitempty"`
}

type pageComment struct {
	By   string `json:"by"`
	At   string `json:"at"`
	Text string `json:"text"`
}

func defenderRow(h *history) pageRow {
	d := h.newest()
	text := func(name string) string {
		s, _ := rawjson.String(d.value(name))
		return s
	}
	row := pageRow{
		ID: d.id, Title: text("displayName"), Status: text("status"), Severity: text("severity"),
		Class: text("classification"), Reason: text("determination"), Note: text("resolvingComment"), Owner: text("assignedTo"),
		Tags: []string{}, Comments: []pageComment{}, Alerts: len(h.alerts),
		Created: d.field("createdDateTime", odata.KindTime).Time, Updated: d.updated,
		By: text("lastModifiedBy"), Redirect: text("redirectIncidentId"),
	}
	var comments []struct {
		Comment string `json:"comment"`
		By      string `json:"createdByDisplayName"`
		At      string `json:"createdDateTime"`
	}
	_ = json.Unmarshal(d.value("customTags"), &row.Tags) // what is no list of texts shows as none
	_ = json.Unmarshal(d.value("comments"), &comments)
	for _, c := range comments {
		row.Comments = append(row.Comments, pageComment{By: c.By, At: c.At, Text: c.Comment})
	}
	return row
}

func (w *workspace) row(i *sentinelIncident) pageRow {
	row := pageRow{
		ID: i.name, Number: i.number, Title: i.Title, Status: i.Status, Severity: i.Severity,
		Class: i.Classification, Reason: i.ClassificationReason, Note: i.ClassificationComment, Owner: i.Owner.shown(),
		Tags: []string{}, Comments: []pageComment{}, Alerts: len(i.relations), Created: i.created, Updated: i.modified,
		Provider: i.providerName, IsDeleted: i.deleted,
	}
	for _, label := range i.Labels {
		row.Tags = append(row.Tags, label.Name)
	}
	row.Comments = append(row.Comments, i.pageComments()...)
	if link := w.linkOf(i); link.ID != "" {
		row.Link = &link
	}
	return row
}

func (i *sentinelIncident) pageComments() []pageComment {
	shown := make([]pageComment, len(i.comments))
	for n, c := range i.comments {
		by := c.author.Name
		if c.author.UserPrincipalName != nil {
			by = *c.author.UserPrincipalName
		}
		shown[n] = pageComment{By: by, At: armTime(c.created), Text: c.message}
	}
	return shown
}

// shown is how people write an owner.
func (o sentinelOwner) shown() string {
	for _, name := range []*string{o.UserPrincipalName, o.Email, o.AssignedTo, o.ObjectID} {
		if name != nil && *name != "" {
			return *name
		}
	}
	return ""
}

// tenantIDsLocked are the tenants with incidents, the usual one first.
func (e *Emulator) tenantIDsLocked() []string {
	ids := []string{}
	for id, t := range e.tenants {
		if len(t.incidents) > 0 {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b string) int {
		return cmp.Or(compareBool(b == DefaultTenant, a == DefaultTenant), strings.Compare(a, b))
	})
	return ids
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	default:
		return -1
	}
}
