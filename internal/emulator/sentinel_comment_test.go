package emulator_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

// resource is a comment, a relation, an alert, an entity or a connector.
type resource struct {
	ID, Name, Type, Etag, Kind string
	Properties                 map[string]any
}

func (l *lab) resource(a answer) resource {
	l.Helper()
	var r resource
	if err := json.Unmarshal([]byte(a.body), &r); err != nil {
		l.Fatalf("%v in %d %s", err, a.status, a.body)
	}
	return r
}

// resources asks for a whole list of them, page by page.
func (l *lab) resources(method, target string) []resource {
	l.Helper()
	found := []resource{}
	for target != "" {
		a := l.arm(method, target, "")
		var page struct {
			Value    []resource
			NextLink string
		}
		if err := json.Unmarshal([]byte(a.body), &page); err != nil || a.status != http.StatusOK {
			l.Fatalf("%s %s: %d %s", method, target, a.status, a.body)
		}
		found, target = append(found, page.Value...), strings.ReplaceAll(strings.ReplaceAll(page.NextLink, version+"&", ""), base, "")
	}
	return found
}

func message(text string) string { return fmt.Sprintf(`{"properties":{"message":%q}}`, text) }

func TestCommentsAreWrittenEditedAndDeleted(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	etag := l.putSentinel(guid, "", "A", "").Etag
	comments := sentinels + "/" + guid + "/comments"
	a := l.arm(http.MethodPut, comments+"/c1", message("hello"))
	c := l.resource(a)
	l.equal("written", []any{a.status, c.ID, c.Name, c.Type}, []any{201, comments + "/c1", "c1", "Microsoft.SecurityInsights/incidents/comments"})
	l.equal("its etag has no quotes inside", strings.Contains(c.Etag, `"`), false)
	author, _ := c.Properties["author"].(map[string]any)
	l.equal("message and times", []any{c.Properties["message"], c.Properties["createdTimeUtc"]}, []any{"hello", "2026-01-02T12:00:00.0000001Z"})
	l.equal("the app is the author, by another id than its client's",
		[]any{author["name"], author["email"], author["userPrincipalName"], len(author["objectId"].(string)), author["objectId"] == client},
		[]any{"app " + client, nil, nil, 36, false})
	moved := l.getSentinel(guid)
	l.equal("the incident's etag moved", []any{moved.Etag != etag, moved.Properties.AdditionalData.CommentsCount}, []any{true, 1})
	l.refused("the old etag", l.arm(http.MethodPut, sentinels+"/"+guid, putText(etag, "B", "")), 409, "Conflict", "")
	l.now = l.now.Add(time.Second)
	a = l.arm(http.MethodPut, comments+"/C1", message("edited"))
	again := l.resource(a)
	l.equal("edited", []any{a.status, again.Name, again.Properties["message"], again.Properties["createdTimeUtc"], again.Properties["lastModifiedTimeUtc"], again.Etag != c.Etag},
		[]any{200, "c1", "edited", "2026-01-02T12:00:00.0000001Z", "2026-01-02T12:00:01Z", true})
	l.arm(http.MethodPut, comments+"/c2", message("second"))
	found := l.resources(http.MethodGet, comments)
	l.equal("newest first", []string{found[0].Name, found[1].Name}, []string{"c2", "c1"})
	l.equal("one", l.resource(l.arm(http.MethodGet, comments+"/c2", "")), found[0])
	l.equal("a PUT of the incident leaves them", l.putSentinel(guid, l.getSentinel(guid).Etag, "B", "").Properties.AdditionalData.CommentsCount, 2)
	l.equal("deleted", l.arm(http.MethodDelete, comments+"/c1", "").status, 200)
	l.equal("deleted already", l.arm(http.MethodDelete, comments+"/c1", "").status, 204)
	l.equal("of no incident", l.arm(http.MethodDelete, sentinels+"/x/comments/c1", "").status, 204)
	l.refused("gone", l.arm(http.MethodGet, comments+"/c1", ""), 404, "NotFound", "'c1'")
	kinds := []string{}
	for _, w := range l.e.Writes(0) {
		kinds = append(kinds, fmt.Sprint(w.Kind, " ", w.Op, " ", w.Actor, " ", w.ID == guid, " ", w.Changed))
	}
	l.equal("writes", kinds[1:], []string{
		"comment create app true [comments]", "comment update app true [comments]", "comment create app true [comments]",
		"incident update app true [title]", "comment delete app true [comments]",
	})
	l.contains("a write's comment", string(l.e.Writes(2)[0].After), `"message":"edited"`, `"name":"c1"`, client)
}

func TestSentinelCommentsThatAreRefused(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	l.putSentinel(guid, "", "A", "")
	comments := sentinels + "/" + guid + "/comments"
	for what, c := range map[string][2]string{
		"no message":    {`{"properties":{}}`, "'message'"},
		"an empty one":  {message(" "), "'message'"},
		"another type":  {`{"properties":{"message":1}}`, "not valid"},
		"a longer one":  {message(strings.Repeat("é", 30_001)), "30000"},
		"no properties": {`{}`, "'message'"},
	} {
		l.refused(what, l.arm(http.MethodPut, comments+"/c", c[0]), 400, "BadRequest", c[1])
	}
	l.refused("no incident", l.arm(http.MethodPut, sentinels+"/x/comments/c", message("x")), 404, "NotFound", "'x'")
	l.refused("no incident to list", l.arm(http.MethodGet, sentinels+"/x/comments", ""), 404, "NotFound", "'x'")
	l.equal("the longest", l.arm(http.MethodPut, comments+"/long", message(strings.Repeat("é", 30_000))).status, 201)
	l.e.Reset()
	l.putSentinel(guid, "", "A", "")
	for i := range 100 {
		l.now = l.now.Add(5 * time.Second)
		l.equal("within the limit", l.arm(http.MethodPut, fmt.Sprint(comments, "/", i), message("x")).status, 201)
	}
	l.refused("one too many", l.arm(http.MethodPut, comments+"/more", message("x")), 400, "BadRequest", "100 comments")
	l.equal("an edit is none", l.arm(http.MethodPut, comments+"/7", message("y")).status, 200)
}

func TestFaultsOfSentinelComments(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	l.putSentinel(guid, "", "A", "")
	comments := sentinels + "/" + guid + "/comments"
	l.faults(emulator.Fault{Kind: emulator.FaultLostAnswer, Operation: "put_comment", Count: 1}, emulator.Fault{Kind: emulator.FaultStaleAnswer})
	l.equal("lost", l.arm(http.MethodPut, comments+"/c", message("x")).status, 0)
	l.equal("done, and shown as before", l.resource(l.arm(http.MethodPut, comments+"/c", message("y"))).Properties["message"], "x")
	for i := range 7 {
		l.arm(http.MethodPut, fmt.Sprint(comments, "/", i), message("x"))
	}
	l.faults(emulator.Fault{Kind: emulator.FaultTinyPages, Service: "arm"}, emulator.Fault{Kind: emulator.FaultShuffle, Service: "arm"})
	l.equal("in tiny pages", len(l.resources(http.MethodGet, comments)), 8)
	l.faults(emulator.Fault{Kind: emulator.FaultStaleRead, Operation: "list_comments", Delay: emulator.Duration(time.Minute)})
	l.now = l.now.Add(2 * time.Minute)
	l.arm(http.MethodPut, comments+"/new", message("x"))
	l.equal("stale", []int{len(l.resources(http.MethodGet, comments)), l.getSentinel(guid).Properties.AdditionalData.CommentsCount}, []int{8, 9})
	l.refused("a filter", l.arm(http.MethodGet, comments+"?$filter=x", ""), 400, "BadRequest", "$filter")
}
