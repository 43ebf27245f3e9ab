package sentinelincidentexporter

import (
	"context"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/sentinel"
)

// side is one workspace's incidents, by whichever way they are reached. Each
// method sends one request, but for a list of several pages, and never again by
// itself; its error is an *azure.Error where the service or the network is at
// fault. All are safe for concurrent use.
type side interface {
	// list is the newest incidents, as far as one page goes.
	list(ctx context.Context) ([]listed, error)
	// read is one incident as it stands. One that is not there is no error.
	read(ctx context.Context, name string) (held, error)
	// write changes an incident that was read, or makes one that is missing. The
	// answer is how the service holds it now. A *bodyError says that nothing was
	// sent, a *torn that something was, and that its answer cannot be read.
	write(ctx context.Context, name string, from held, change sentinel.Change) (incident.Snapshot, error)
	// comments are all comments of an incident, oldest first.
	comments(ctx context.Context, name string) ([]incident.Comment, error)
	// comment writes a comment under a name of our choice: written twice, it is
	// there once.
	comment(ctx context.Context, name, comment, text string) error

	// alerts finds the alerts that the shipped rule raised from a tenant's
	// Defender alerts, at most sentinel.AlertsQueryMax.
	alerts(ctx context.Context, tenantID string, ids []string) ([]sentinel.RuleAlert, error)
	// relate puts an alert into relation with an incident, under a name of our
	// choice.
	relate(ctx context.Context, name, relation, alert string) error
	// relations are all of an incident.
	relations(ctx context.Context, name string) ([]sentinel.Relation, error)
	// connectors are those of the workspace.
	connectors(ctx context.Context) ([]sentinel.Connector, error)
}

// listed is an incident of a list.
type listed struct {
	name     string
	snapshot incident.Snapshot
}

// held is an incident as it was read.
type held struct {
	// missing is true if there is none.
	missing  bool
	snapshot incident.Snapshot
	text     []byte // the service's own
	// announced is true if the comment that names where the incident was merged
	// into is there.
	announced bool
}

// bodyError is a change that cannot be sent.
type bodyError struct{ err error }

// Error is the cause's; it holds no value of an incident.
func (e *bodyError) Error() string { return e.err.Error() }

// Unwrap is the cause.
func (e *bodyError) Unwrap() error { return e.err }

// torn is an answer that cannot be read.
type torn struct{ err error }

// Error is the cause's; it holds no value of an incident.
func (e *torn) Error() string { return e.err.Error() }

// Unwrap is the cause.
func (e *torn) Unwrap() error { return e.err }
