package defenderexporter

import (
	"context"
	"errors"
	"net/http"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/graph"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/graphapi"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/reconcile"
)

// redirectsMax bounds a chain of merges that is followed. Correlation merges
// again and again, but seldom the same incident.
const redirectsMax = 8

// errMissing is an incident that Graph does not have.
var errMissing = errors.New("no such incident")

// bodyError is a write that cannot be sent: it asks for what Graph has no word
// for.
type bodyError struct{ err error }

func (e *bodyError) Error() string { return e.err.Error() }
func (e *bodyError) Unwrap() error { return e.err }

// unusable is an answer of success that cannot be read.
type unusable struct{ err error }

func (e *unusable) Error() string { return e.err.Error() }
func (e *unusable) Unwrap() error { return e.err }

// graphClient is one tenant's incidents. Each method sends one request, but for
// merges that are followed, and counts it in the purse. Errors are *azure.Error
// where the service or the network is at fault.
type graphClient struct{ api *graphapi.Client }

// get reads an incident. One that was merged away says where to in the end, as
// far as that can be followed.
func (g graphClient) get(ctx context.Context, p *purse, id string) (incident.Snapshot, error) {
	s, err := g.one(ctx, p, id)
	if err == nil {
		g.follow(ctx, p, id, &s)
	}
	return s, err
}

func (g graphClient) one(ctx context.Context, p *purse, id string) (incident.Snapshot, error) {
	page, err := g.api.GetIncident(ctx, id)
	p.spent(ctx, "get_incident", err)
	if isMissing(err) {
		return incident.Snapshot{}, errMissing
	}
	return snapshotFrom(page, err)
}

// patch gives an incident the values of writes.
func (g graphClient) patch(ctx context.Context, p *purse, id string, writes []reconcile.Write) (incident.Snapshot, error) {
	changes := make(map[incident.Field]incident.Value, len(writes))
	for _, w := range writes {
		changes[w.Field] = w.Asked
	}
	body, err := graph.PatchBody(changes)
	if err != nil {
		return incident.Snapshot{}, &bodyError{err}
	}
	page, err := g.api.PatchIncident(ctx, id, body)
	p.spent(ctx, "patch_incident", err)
	s, err := snapshotFrom(page, err)
	if err == nil {
		g.follow(ctx, p, id, &s)
	}
	return s, err
}

// comment adds a comment, and reads all there are then. An *unusable says that
// it was added and that nothing else is known.
func (g graphClient) comment(ctx context.Context, p *purse, id, text string) ([]incident.Comment, error) {
	body, err := graph.CommentBody(text)
	if err != nil {
		return nil, &bodyError{err}
	}
	page, err := g.api.CommentIncident(ctx, id, body)
	p.spent(ctx, "comment_incident", err)
	if err != nil {
		return nil, err
	}
	defer page.Body.Close()
	list, err := graph.ReadComments(page.Body)
	if err != nil {
		return nil, &unusable{err}
	}
	return list, nil
}

// follow goes on to where a merged incident's target was merged into, and so on,
// as long as the purse allows; a loop ends it.
func (g graphClient) follow(ctx context.Context, p *purse, id string, s *incident.Snapshot) {
	seen := map[string]bool{id: true}
	for range redirectsMax {
		into := s.RedirectedTo
		if into == "" || seen[into] || !p.more() {
			return
		}
		seen[into] = true
		next, err := g.one(ctx, p, into)
		if err != nil || next.RedirectedTo == "" || seen[next.RedirectedTo] {
			return
		}
		s.RedirectedTo = next.RedirectedTo
	}
}

func snapshotFrom(page *graphapi.Page, err error) (incident.Snapshot, error) {
	if err != nil {
		return incident.Snapshot{}, err
	}
	defer page.Body.Close()
	s, err := graph.ReadSnapshot(page.Body)
	var broken *azure.Error
	if err != nil && !errors.As(err, &broken) {
		err = &unusable{err}
	}
	return s, err
}

// isMissing reports a 404 that speaks of an incident.
func isMissing(err error) bool {
	var e *azure.Error
	return errors.As(err, &e) && e.Status == http.StatusNotFound && e.Reason == ""
}
