package sentinelapi

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/sentinel"
)

// apiVersion is the newest stable version of Microsoft.SecurityInsights.
// Source: azure-rest-api-specs, read 2026-11.
const apiVersion = "api-version=2025-09-01"

// Client reads and writes the incidents of one workspace. It sends each request
// once. Safe for concurrent use.
//
// A write's 409 is azure.ClassConflictETag: the etag in its body is not the
// newest, so read and write again. A 403 and the 404 of a workspace come with a
// reason that azure.Remedy has a sentence for.
//
// Source: Microsoft.SecurityInsights 2025-09-01, Incidents.json, read 2026-11.
type Client struct {
	azure *azure.Client
	// root is the path of the workspace's SecurityInsights.
	root string
}

// NewClient takes a client from [azure.Connector.ARM], of the tenant that the
// workspace is in.
func NewClient(client *azure.Client, workspace sentinel.Workspace) *Client {
	return &Client{azure: client, root: workspace.String() + "/providers/Microsoft.SecurityInsights"}
}

// ListIncidents asks for the first page of incidents, for sentinel.ReadPage. A
// page may be shorter than asked for and still not be the last.
func (c *Client) ListIncidents(ctx context.Context, query Query) (Answer, error) {
	return c.get(ctx, "list incidents", "/incidents", query.options()...)
}

// NextIncidents follows a nextLink of ListIncidents. A link that leaves the
// configured origin or the workspace's incidents is refused with
// [azure.ReasonForeignHost], unsent; one with bare blanks or quotes is escaped.
func (c *Client) NextIncidents(ctx context.Context, link string) (Answer, error) {
	return c.next(ctx, "list incidents", "/incidents", link)
}

// GetIncident asks for one incident. A name that the service does not know is an
// [*azure.Error] with Status 404 and no reason.
func (c *Client) GetIncident(ctx context.Context, name string) (Answer, error) {
	return c.named(ctx, "get incident", http.MethodGet, []string{"incidents", name}, nil)
}

// PutIncident sends a body of sentinel.IncidentBody: it creates the incident of
// that name or replaces it. The answer is the incident as it is held now.
func (c *Client) PutIncident(ctx context.Context, name string, body []byte) (Answer, error) {
	return c.named(ctx, "put incident", http.MethodPut, []string{"incidents", name}, body)
}

// ListComments asks for the first page of an incident's comments, for
// sentinel.ReadComments: as a rule it holds all there can be.
func (c *Client) ListComments(ctx context.Context, incident string) (Answer, error) {
	return c.named(ctx, "list comments", http.MethodGet, []string{"incidents", incident, "comments"}, nil)
}

// NextComments follows a nextLink of ListComments, as NextIncidents does.
func (c *Client) NextComments(ctx context.Context, incident, link string) (Answer, error) {
	return c.nextOf(ctx, "list comments", incident, "comments", link)
}

// PutComment sends a body of sentinel.CommentBody under a name of our choice:
// sent twice it is there once. The answer is the comment.
func (c *Client) PutComment(ctx context.Context, incident, name string, body []byte) (Answer, error) {
	return c.named(ctx, "put comment", http.MethodPut, []string{"incidents", incident, "comments", name}, body)
}

// ListRelations asks for the first page of an incident's relations, for
// sentinel.ReadRelations.
func (c *Client) ListRelations(ctx context.Context, incident string) (Answer, error) {
	return c.named(ctx, "list relations", http.MethodGet, []string{"incidents", incident, "relations"}, nil)
}

// NextRelations follows a nextLink of ListRelations, as NextIncidents does.
func (c *Client) NextRelations(ctx context.Context, incident, link string) (Answer, error) {
	return c.nextOf(ctx, "list relations", incident, "relations", link)
}

// PutRelation sends a body of sentinel.RelationBody under a name of our choice.
// A 409 means that the name belongs to another alert's relation.
func (c *Client) PutRelation(ctx context.Context, incident, name string, body []byte) (Answer, error) {
	return c.named(ctx, "put relation", http.MethodPut, []string{"incidents", incident, "relations", name}, body)
}

// ListConnectors asks for the first page of the workspace's data connectors, for
// sentinel.ReadConnectors.
func (c *Client) ListConnectors(ctx context.Context) (Answer, error) {
	return c.get(ctx, "list connectors", "/dataConnectors")
}

// NextConnectors follows a nextLink of ListConnectors, as NextIncidents does.
func (c *Client) NextConnectors(ctx context.Context, link string) (Answer, error) {
	return c.next(ctx, "list connectors", "/dataConnectors", link)
}

func (c *Client) get(ctx context.Context, operation, path string, options ...string) (Answer, error) {
	target := c.azure.Origin() + c.root + path + "?" + strings.Join(append([]string{apiVersion}, options...), "&")
	return c.do(ctx, operation, http.MethodGet, target, nil)
}

// named sends a request for an object; every other of its segments, from the
// second, is a name that somebody else may have chosen.
func (c *Client) named(ctx context.Context, operation, method string, segments []string, body []byte) (Answer, error) {
	path, err := pathOf(operation, segments)
	if err != nil {
		return Answer{}, err
	}
	return c.do(ctx, operation, method, c.azure.Origin()+c.root+path+"?"+apiVersion, body)
}

func (c *Client) nextOf(ctx context.Context, operation, incident, part, link string) (Answer, error) {
	path, err := pathOf(operation, []string{"incidents", incident, part})
	if err != nil {
		return Answer{}, err
	}
	return c.next(ctx, operation, path, link)
}

func (c *Client) next(ctx context.Context, operation, path, link string) (Answer, error) {
	target, err := checkLink(c.azure.Origin(), c.root+path, link)
	if err != nil {
		return Answer{}, &azure.Error{
			Operation: operation, Class: azure.ClassPermanent, Reason: azure.ReasonForeignHost, Cause: err,
		}
	}
	return c.do(ctx, operation, http.MethodGet, target, nil)
}

// pathOf keeps each name to one segment of the path.
func pathOf(operation string, segments []string) (string, error) {
	var path strings.Builder
	for _, segment := range segments {
		if segment == "" || segment == "." || segment == ".." {
			return "", &azure.Error{Operation: operation, Class: azure.ClassPermanent, Cause: errors.New("not a name")}
		}
		path.WriteString("/" + url.PathEscape(segment))
	}
	return path.String(), nil
}

// do sends a request and says more of its errors.
func (c *Client) do(ctx context.Context, operation, method, target string, body []byte) (Answer, error) {
	answer, err := send(ctx, c.azure, request{operation, method, target, body})
	return answer, refine(err)
}

// refine gives an error its reason where the contract says more than azure
// knows.
func refine(err error) error {
	var e *azure.Error
	if !errors.As(err, &e) || e.Reason != "" {
		return err
	}
	refined := *e
	switch {
	case e.Status == http.StatusForbidden:
		refined.Reason = azure.ReasonNoSentinelAccess
	case e.Status == http.StatusNotFound && missesWorkspace(e):
		refined.Class, refined.Reason = azure.ClassMisconfigured, azure.ReasonNoWorkspace
	default:
		return err
	}
	return &refined
}

// missesWorkspace tells the 404 of a workspace from that of an incident: a list
// is there if its workspace is, and ARM's own codes speak of what is around it.
// Source: Azure Resource Manager common deployment errors, read 2026-11.
func missesWorkspace(e *azure.Error) bool {
	switch e.Code {
	case "ResourceGroupNotFound", "SubscriptionNotFound", "ParentResourceNotFound", "ResourceNotFound", "InvalidResourceType":
		return true
	}
	return e.Operation == "list incidents" || e.Operation == "list connectors"
}
