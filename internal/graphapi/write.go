package graphapi

import (
	"context"
	"net/http"
)

// PatchIncident sends a body of graph.PatchBody. The answer is the incident as
// the service chose to show it, for graph.ReadSnapshot: it may be stale, and
// for a merged incident it is a success without effect.
//
// Graph knows no etag and no idempotency key: after an error without a status
// the PATCH may have been done.
//
// Source: Microsoft Graph v1.0, update incident, read 2026-11.
func (c *Client) PatchIncident(ctx context.Context, id string, body []byte) (*Page, error) {
	return c.send(ctx, "update incident", http.MethodPatch, id, "", body)
}

// CommentIncident sends a body of graph.CommentBody. The answer is the list of
// all comments, for graph.ReadComments. Sent twice, a comment is there twice:
// after an error without a status, read before sending again.
//
// Source: Microsoft Graph v1.0, create comment for incident, read 2026-11.
func (c *Client) CommentIncident(ctx context.Context, id string, body []byte) (*Page, error) {
	return c.send(ctx, "comment on incident", http.MethodPost, id, "/comments", body)
}

func (c *Client) send(ctx context.Context, operation, method, id, part string, body []byte) (*Page, error) {
	target, err := c.object(operation, incidentsPath, id)
	if err != nil {
		return nil, err
	}
	return c.do(ctx, operation, method, target+part, body)
}
