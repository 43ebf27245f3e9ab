package sentinel

import (
	"strings"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// RelationsMax is how many alerts an incident may have.
// Source: Microsoft, relate alerts to incidents, read 2026-11.
const RelationsMax = 150

// Relation is what an incident is related to: an alert or a bookmark.
type Relation struct {
	// Name is the relation's resource name.
	Name string
	// AlertID is the alert's systemAlertId in lower case; "" for what is no
	// alert.
	AlertID string
}

// RelationBody is the body of a PUT that puts an alert, see [Workspace.AlertID],
// into relation with an incident.
//
// Source: Microsoft.SecurityInsights 2025-09-01, create or update incident
// relation, read 2026-11.
func RelationBody(alertID string) ([]byte, error) {
	return encode(map[string]any{"properties": map[string]string{"relatedResourceId": alertID}})
}

// ReadRelations reads one page of an incident's relations. Errors as
// ReadComments.
//
// Source: Microsoft.SecurityInsights 2025-09-01, list incident relations, read
// 2026-11.
func ReadRelations(text []byte) (page []Relation, nextLink string, err error) {
	nextLink, err = list(text, func(f record.Fields) {
		for _, e := range elements(f) {
			page = append(page, relation(e))
		}
	})
	if err != nil {
		return nil, "", err
	}
	return page, nextLink, nil
}

func relation(f record.Fields) Relation {
	r := Relation{Name: f.Word("name")}
	id := strings.ToLower(f.Object("properties").Word("relatedResourceId"))
	if head, alert, ok := cutLast(id, "/"); ok && strings.HasSuffix(head, "/entities") {
		r.AlertID = alert
	}
	return r
}

func cutLast(text, separator string) (before, after string, found bool) {
	i := strings.LastIndex(text, separator)
	if i < 0 {
		return text, "", false
	}
	return text[:i], text[i+len(separator):], true
}
