package sentinelincidentexporter

import (
	"context"
	"errors"
	"net/http"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/sentinel"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/sentinelapi"
)

const (
	// newestMax is how many of the newest incidents are looked at to see who
	// brings incidents into a workspace.
	newestMax = 100
	// pagesMax bounds a list of what belongs to one incident or workspace. 150
	// relations come in a few pages.
	pagesMax = 20
	// passesMax bounds how often such a list is read.
	passesMax = 4
	// alertsDays is how far back an alert is looked for: the rules look at rows
	// of the last days, and a Defender alert may be late by as much.
	alertsDays = 14
)

// armSide reaches a workspace over Azure Resource Manager.
type armSide struct {
	workspace sentinel.Workspace
	client    *sentinelapi.Client
	logs      *sentinelapi.Logs
}

func (s armSide) list(ctx context.Context) ([]listed, error) {
	answer, err := s.client.ListIncidents(ctx, sentinelapi.Query{Newest: true, Top: newestMax})
	if err != nil {
		return nil, err
	}
	page, err := sentinel.ReadPage(answer.Body)
	if err != nil {
		return nil, &torn{err}
	}
	var all []listed
	for _, i := range page.Incidents {
		if snapshot, err := i.Snapshot(); err == nil { // else it says nothing of who made it
			all = append(all, listed{i.Name, snapshot})
		}
	}
	return all, nil
}

func (s armSide) read(ctx context.Context, name string) (held, error) {
	answer, err := s.client.GetIncident(ctx, name)
	var e *azure.Error
	if errors.As(err, &e) && e.Status == http.StatusNotFound && e.Reason == "" {
		return held{missing: true}, nil
	}
	if err != nil {
		return held{}, err
	}
	snapshot, err := sentinel.ReadSnapshot(answer.Body)
	if err != nil {
		return held{}, &torn{err}
	}
	return held{snapshot: snapshot, text: answer.Body}, nil
}

func (s armSide) write(ctx context.Context, name string, from held, change sentinel.Change) (incident.Snapshot, error) {
	body, err := sentinel.IncidentBody(from.text, change)
	if err != nil {
		return incident.Snapshot{}, &bodyError{err}
	}
	answer, err := s.client.PutIncident(ctx, name, body)
	if err != nil {
		return incident.Snapshot{}, err
	}
	snapshot, err := sentinel.ReadSnapshot(answer.Body)
	if err != nil {
		return incident.Snapshot{}, &torn{err}
	}
	return snapshot, nil
}

func (s armSide) comments(ctx context.Context, name string) ([]incident.Comment, error) {
	return pages(sentinel.ReadComments,
		func() (sentinelapi.Answer, error) { return s.client.ListComments(ctx, name) },
		func(link string) (sentinelapi.Answer, error) { return s.client.NextComments(ctx, name, link) })
}

func (s armSide) comment(ctx context.Context, name, comment, text string) error {
	body, err := sentinel.CommentBody(text)
	if err != nil {
		return &bodyError{err}
	}
	_, err = s.client.PutComment(ctx, name, comment, body)
	return err
}

func (s armSide) alerts(ctx context.Context, tenantID string, ids []string) ([]sentinel.RuleAlert, error) {
	query, ok := sentinel.AlertsQuery(tenantID, ids, alertsDays)
	if !ok {
		return nil, nil
	}
	body, err := sentinel.QueryBody(query)
	if err != nil {
		return nil, &bodyError{err}
	}
	answer, err := s.logs.Query(ctx, body)
	if err != nil {
		return nil, err
	}
	found, err := sentinel.ReadRuleAlerts(answer.Body)
	if err != nil {
		return nil, &torn{err}
	}
	return found, nil
}

func (s armSide) relate(ctx context.Context, name, relation, alert string) error {
	body, err := sentinel.RelationBody(s.workspace.AlertID(alert))
	if err != nil {
		return &bodyError{err}
	}
	_, err = s.client.PutRelation(ctx, name, relation, body)
	return err
}

func (s armSide) relations(ctx context.Context, name string) ([]sentinel.Relation, error) {
	return pages(sentinel.ReadRelations,
		func() (sentinelapi.Answer, error) { return s.client.ListRelations(ctx, name) },
		func(link string) (sentinelapi.Answer, error) { return s.client.NextRelations(ctx, name, link) })
}

func (s armSide) connectors(ctx context.Context) ([]sentinel.Connector, error) {
	return pages(sentinel.ReadConnectors,
		func() (sentinelapi.Answer, error) { return s.client.ListConnectors(ctx) },
		func(link string) (sentinelapi.Answer, error) { return s.client.NextConnectors(ctx, link) })
}

// pages reads a list to its end, each element once. One of several pages may
// shift under its reader and show an element again in the place of another: it is
// read until it shows nothing new.
func pages[T comparable](
	decode func([]byte) ([]T, string, error), first func() (sentinelapi.Answer, error), next func(link string) (sentinelapi.Answer, error),
) ([]T, error) {
	var all []T
	known := map[T]bool{}
	for range passesMax {
		n, before := 0, len(all)
		for answer, err := first(); ; n++ {
			if err != nil {
				return nil, err
			}
			page, link, err2 := decode(answer.Body)
			if err2 != nil {
				return nil, &torn{err2}
			}
			for _, element := range page {
				if !known[element] {
					known[element] = true
					all = append(all, element)
				}
			}
			if link == "" || n == pagesMax {
				break
			}
			answer, err = next(link)
		}
		if n == 0 || len(all) == before {
			break
		}
	}
	return all, nil
}
