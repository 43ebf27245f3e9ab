package incident

import "time"

// Snapshot is one side's incident at one revision, as far as the sync needs it.
// It is made by packages graph and sentinel of a record's body or of an answer.
type Snapshot struct {
	// Values are the side's own words, canonical.
	Values Values
	// Revision is lastUpdateDateTime or lastModifiedTimeUtc.
	Revision time.Time
	// Etag is Sentinel's, opaque, with its inner quotes; "" on Defender's side.
	Etag string
	// RedirectedTo is the Defender incident that this one was merged into, ""
	// for none. Defender only.
	RedirectedTo string
	// Comments are all comments there are, oldest first; nil with
	// CommentsKnown false when they were not read.
	Comments      []Comment
	CommentsKnown bool
	// CommentCount is what the service says of their number; -1 unknown.
	CommentCount int
	// AlertIDs are the Defender alerts of the incident, where they are known.
	AlertIDs []string
	// URL is the incident's page in its portal.
	URL string
	// Labels are Sentinel's, all of them, ours and the system's included.
	Labels []string
	// ProviderName and ProviderIncidentID are Sentinel's: who made it.
	// ProviderURL is the incident's page there.
	ProviderName       string
	ProviderIncidentID string
	ProviderURL        string
	// Created, FirstActivity and LastActivity are zero when unknown.
	Created       time.Time
	FirstActivity time.Time
	LastActivity  time.Time
}
