package emulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// The limits of an incident. Source: Microsoft Sentinel service limits, read
// 2026-11. That going over them is a 400 is chosen.
const (
	sentinelCommentsMax = 100
	sentinelCommentMax  = 30_000 // characters
	sentinelAlertsMax   = 150
)

// sentinelComment is one comment. It never changes: an edit replaces it.
type sentinelComment struct {
	name, etag        string
	created, modified time.Time
	message           string
	author            sentinelAuthor
}

// sentinelAuthor is who wrote a comment; an app has neither mail nor principal
// name.
type sentinelAuthor struct {
	ObjectID          string  `json:"objectId"`
	Email             *string `json:"email"`
	UserPrincipalName *string `json:"userPrincipalName"`
	Name              string  `json:"name"`
}

// authorOf is the calling app as an author.
func authorOf(c claims) sentinelAuthor {
	return sentinelAuthor{ObjectID: principalOf(c), Name: "app " + c.AppID}
}

// text is the comment's properties.
func (c *sentinelComment) text() json.RawMessage {
	return plainJSON(struct {
		Message  string         `json:"message"`
		Created  string         `json:"createdTimeUtc"`
		Modified string         `json:"lastModifiedTimeUtc"`
		Author   sentinelAuthor `json:"author"`
	}{c.message, armTime(c.created), armTime(c.modified), c.author})
}

func (c *sentinelComment) resource(w *workspace, incident string) armResource {
	return armResource{
		ID: w.insights() + "/incidents/" + incident + "/comments/" + c.name, Name: c.name, Etag: c.etag,
		Type: "Microsoft.SecurityInsights/incidents/comments", Properties: c.text(),
	}
}

// armResource is a small resource as ARM shows it; its etag has no quotes inside.
type armResource struct {
	ID         string          `json:"id"`
	Name       string          `json:"name"`
	Type       string          `json:"type"`
	Etag       string          `json:"etag,omitempty"`
	Kind       string          `json:"kind,omitempty"`
	Properties json.RawMessage `json:"properties"`
}

func (i *sentinelIncident) comment(name string) int {
	return slices.IndexFunc(i.comments, func(c *sentinelComment) bool { return strings.EqualFold(c.name, name) })
}

// comments reads the comments of an incident: names are its own and, for one of
// them, the comment's.
func (e *Emulator) comments(x *exchange, w *workspace, names []string) {
	e.mu.Lock()
	i := e.readLocked(x, w, names[0])
	var found []armResource
	if i != nil {
		for _, comment := range slices.Backward(i.comments) { // newest first: chosen
			if len(names) == 1 || strings.EqualFold(comment.name, names[1]) {
				found = append(found, comment.resource(w, i.name))
			}
		}
	}
	e.mu.Unlock()
	switch {
	case i == nil:
		x.noIncident(names[0])
	case len(names) == 1:
		e.listSmall(x, found)
	case len(found) == 0:
		x.noResource(names[1])
	default:
		x.armJSON(http.StatusOK, plainJSON(found[0]))
	}
}

func (x *exchange) noResource(name string) {
	x.armError(http.StatusNotFound, "NotFound", fmt.Sprintf("Resource '%s' does not exist.", name))
}

// commentInput reads the body of a PUT of a comment.
func commentInput(text []byte) (message string, bad *armRefusal) {
	var in struct{ Properties struct{ Message *string } }
	if err := json.Unmarshal(text, &in); err != nil {
		return "", badRequest("The request body is not valid: %v.", err)
	}
	if in.Properties.Message == nil || strings.TrimSpace(*in.Properties.Message) == "" {
		return "", badRequest("'message' must have a non-empty value")
	}
	message = *in.Properties.Message
	if n := utf8.RuneCountInString(message); n > sentinelCommentMax {
		return "", badRequest("The comment has %d characters, at most %d are allowed.", n, sentinelCommentMax)
	}
	return message, nil
}

func (e *Emulator) putComment(x *exchange, w *workspace, c claims, names []string) {
	text, ok := x.armBody()
	if !ok {
		return
	}
	message, bad := commentInput(text)
	if x.refuse(bad) {
		return
	}
	exists := func(Fault) bool { i := w.find(names[0]); return i != nil && i.comment(names[1]) >= 0 }
	_, stale := e.playIf(x, FaultStaleAnswer, exists)
	e.mu.Lock()
	i := w.find(names[0])
	var old, fresh *sentinelComment
	if i != nil {
		old, fresh, bad = e.commentLocked(w, i, sentinelComment{name: names[1], message: message, author: authorOf(c)}, appWriter(c))
	}
	e.mu.Unlock()
	status := http.StatusCreated
	if old != nil {
		status = http.StatusOK
		if stale {
			fresh = old
		}
	}
	switch {
	case i == nil:
		x.noIncident(names[0])
	case !x.refuse(bad):
		x.armJSON(status, plainJSON(fresh.resource(w, i.name)))
	}
}

// commentLocked adds a comment to an incident, or edits the one of its name,
// whose author stays. It moves the incident's etag.
func (e *Emulator) commentLocked(w *workspace, i *sentinelIncident, c sentinelComment, by writer) (old, fresh *sentinelComment, bad *armRefusal) {
	at := i.comment(c.name)
	if at < 0 && len(i.comments) >= sentinelCommentsMax {
		return nil, nil, badRequest("The incident has %d comments already, which is the most it can have.", sentinelCommentsMax)
	}
	next := i.next()
	fresh = &c
	next.comments = append(slices.Clone(i.comments), fresh)
	if at >= 0 {
		old = i.comments[at]
		fresh.name, fresh.author, fresh.created = old.name, old.author, old.created
		next.comments = slices.Clone(i.comments)
		next.comments[at] = fresh
	}
	e.commitLocked(w, next)
	fresh.etag, fresh.modified = next.etag, next.modified
	if old == nil {
		fresh.created = next.modified
	}
	write := Write{
		Side: SideSentinel, Tenant: w.TenantID, Workspace: w.ResourceID, ID: i.name, Kind: WriteComment, Op: WriteCreate,
		Actor: by.actor, By: by.by, After: fresh.brief(), Changed: []string{"comments"},
	}
	if old != nil {
		write.Op, write.Before = WriteUpdate, old.brief()
		if old.message == fresh.message {
			write.Changed = []string{}
		}
	}
	e.wroteLocked(write)
	return old, fresh, nil
}

// brief is what the list of writes shows of a comment.
func (c *sentinelComment) brief() json.RawMessage {
	return plainJSON(map[string]any{"name": c.name, "message": c.message, "author": c.author.Name})
}

func (e *Emulator) deleteComment(x *exchange, w *workspace, c claims, names []string) {
	status := http.StatusNoContent
	e.mu.Lock()
	if i := w.find(names[0]); i != nil {
		if at := i.comment(names[1]); at >= 0 {
			next, by := i.next(), appWriter(c)
			next.comments = slices.Delete(slices.Clone(i.comments), at, at+1)
			e.commitLocked(w, next)
			e.wroteLocked(Write{
				Side: SideSentinel, Tenant: w.TenantID, Workspace: w.ResourceID, ID: i.name, Kind: WriteComment, Op: WriteDelete,
				Actor: by.actor, By: by.by, Before: i.comments[at].brief(), Changed: []string{"comments"},
			})
			status = http.StatusOK
		}
	}
	e.mu.Unlock()
	x.armEmpty(status)
}
