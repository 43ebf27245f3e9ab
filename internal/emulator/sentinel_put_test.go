package emulator_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

const guid = "73e01a99-5cd7-4139-a149-9f2736ff2ab5"

func TestCreatesUpdatesAndDeletesAnIncident(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	a := l.arm(http.MethodPut, sentinels+"/"+guid, putText("", "First", `,"providerName":"x","providerIncidentId":"9","incidentNumber":9`))
	l.equal("created", a.status, 201)
	made := l.sentinel(a)
	p := made.Properties
	l.equal("ids", []any{made.ID, made.Name, made.Type}, []any{sentinels + "/" + guid, guid, "Microsoft.SecurityInsights/incidents"})
	l.equal("what a client cannot write is ignored", []any{p.ProviderName, p.ProviderIncidentID, p.IncidentNumber}, []any{"Azure Sentinel", "1", 1})
	l.equal("times", []any{p.CreatedTimeUtc, p.LastModifiedTimeUtc}, []any{"2026-01-02T12:00:00Z", "2026-01-02T12:00:00Z"})
	l.contains("what is always there", a.body, `"labels":[]`, `"relatedAnalyticRuleIds":[]`, `"alertsCount":0`, `"commentsCount":0`,
		`"owner":{"objectId":null,"email":null,"assignedTo":null,"userPrincipalName":null}`, "portal.azure.com")
	if !strings.HasPrefix(made.Etag, `"`) || !strings.HasSuffix(made.Etag, `"`) || len(made.Etag) != 38 {
		t.Errorf("the etag has quotes inside: %s", made.Etag)
	}
	a = l.arm(http.MethodPut, sentinels+"/"+strings.ToUpper(guid), putText(made.Etag, "Second", ""))
	changed := l.sentinel(a)
	l.equal("updated under its first name", []any{a.status, changed.Name, changed.Properties.Title}, []any{200, guid, "Second"})
	l.equal("modified later, though the clock stands", changed.Properties.LastModifiedTimeUtc, "2026-01-02T12:00:00.0000001Z")
	if changed.Etag == made.Etag {
		t.Error("the etag did not move")
	}
	l.equal("the next one's number", l.putSentinel("other", "", "Other", "").Properties.IncidentNumber, 2)
	a = l.arm(http.MethodDelete, sentinels+"/"+guid, "")
	l.equal("deleted", []any{a.status, a.body}, []any{200, ""})
	l.equal("deleted already", l.arm(http.MethodDelete, sentinels+"/"+guid, "").status, 204)
	l.refused("gone", l.arm(http.MethodGet, sentinels+"/"+guid, ""), 404, "NotFound", guid)
	l.equal("gone from the list", l.listSentinel().names(), []string{"other"})
	l.equal("made anew", []any{l.putSentinel(guid, made.Etag, "Again", "").Properties.IncidentNumber, len(l.listSentinel().Value)}, []any{3, 2})
}

func TestAStaleOrAbsentEtagIsAConflict(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	first := l.putSentinel(guid, "", "A", "")
	second := l.putSentinel(guid, first.Etag, "B", "")
	for what, etag := range map[string]string{
		"absent": "", "stale": first.Etag, "without its quotes": strings.Trim(second.Etag, `"`), "of nobody": `"x"`,
	} {
		a := l.arm(http.MethodPut, sentinels+"/"+guid, putText(etag, "C", ""))
		l.refused(what, a, 409, "Conflict", "Newer version of resource '"+guid+"' exists. Data was not saved")
	}
	l.equal("nothing was saved", []string{l.getSentinel(guid).Properties.Title, l.getSentinel(guid).Etag}, []string{"B", second.Etag})
	r := http.Header{"If-Match": {"*"}, "Authorization": {"Bearer " + l.token(emulator.DefaultWorkspaceTenant, armScope)}, "Content-Type": {"application/json"}}
	l.equal("If-Match is not heard", l.do(l.e.Handler(), http.MethodPut, sentinels+"/"+guid+"?"+version, r, strings.NewReader(putText("", "C", ""))).status, 409)
}

func TestAPutResetsWhatItLeavesOut(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	full := `,"description":"d","status":"Closed","classification":"FalsePositive","classificationReason":"IncorrectAlertLogic","classificationComment":"c",
		"firstActivityTimeUtc":"2026-01-01T13:00:30+01:00","lastActivityTimeUtc":"2026-01-01T13:05:30.1234567Z",
		"labels":[{"labelName":"a","labelType":"AutoAssigned"},{"labelName":"b"}],"owner":{"userPrincipalName":"Jane.Doe@contoso.com"}`
	s := l.putSentinel(guid, "", "A", full)
	p := s.Properties
	l.equal("stored", []any{p.Description, p.Status, p.Classification, p.ClassificationReason, p.ClassificationComment, p.FirstActivityTimeUtc, p.LastActivityTimeUtc, p.Labels},
		[]any{"d", "Closed", "FalsePositive", "IncorrectAlertLogic", "c", "2026-01-01T12:00:30Z", "2026-01-01T13:05:30.1234567Z", "[{a User} {b User}]"})
	owner := p.Owner
	l.equal("owner filled in", []any{*owner.UserPrincipalName, *owner.Email, *owner.AssignedTo, *owner.OwnerType, len(*owner.ObjectID)},
		[]any{"Jane.Doe@contoso.com", "Jane.Doe@contoso.com", "Jane Doe", "User", 36})
	s = l.putSentinel(guid, s.Etag, "A", `,"owner":{"objectId":"`+*owner.ObjectID+`"}`)
	l.equal("found by object id alone", *s.Properties.Owner.UserPrincipalName, "Jane.Doe@contoso.com")
	a := l.arm(http.MethodPut, sentinels+"/"+guid, putText(s.Etag, "A", `,"owner":{"objectId":null,"email":""},"labels":null`))
	l.contains("reset", a.body, `"labels":[]`, `"owner":{"objectId":null`)
	for _, gone := range []string{"description", "classification", "firstActivityTimeUtc", "lastActivityTimeUtc"} {
		if strings.Contains(a.body, `"`+gone) {
			t.Errorf("%s is still there: %s", gone, a.body)
		}
	}
	l.equal("created stays", l.getSentinel(guid).Properties.CreatedTimeUtc, "2026-01-02T12:00:00Z")
}

func TestRefusedBodies(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	const good = `"title":"A","severity":"High","status":"New"`
	closed := `"title":"A","severity":"High","status":"Closed"`
	for what, c := range map[string][2]string{
		"no title":                  {`"severity":"High","status":"New"`, "'Title' must have a non-empty value"},
		"an empty title":            {`"title":" ","severity":"High","status":"New"`, "'Title' must have a non-empty value"},
		"no status":                 {`"title":"A","severity":"High"`, "status must not be empty."},
		"no severity":               {`"title":"A","status":"New"`, "severity must not be empty."},
		"an unknown status":         {`"title":"A","severity":"High","status":"closed"`, "status 'closed'"},
		"an unknown severity":       {`"title":"A","severity":"Urgent","status":"New"`, "severity 'Urgent'"},
		"a long description":        {good + `,"description":"` + strings.Repeat("é", 5001) + `"`, "5000"},
		"a long comment":            {good + `,"classificationComment":"` + strings.Repeat("x", 5001) + `"`, "5000"},
		"closed for no reason":      {closed, "classification must not be empty when status is 'Closed'."},
		"an unknown classification": {good + `,"classification":"Benign"`, "classification 'Benign'"},
		"true positive, why":        {closed + `,"classification":"TruePositive"`, "classification 'TruePositive' must have classificationReason."},
		"benign positive, why":      {closed + `,"classification":"BenignPositive"`, "classification 'BenignPositive' must have classificationReason."},
		"false positive, why":       {good + `,"classification":"FalsePositive"`, "classification 'FalsePositive' must have classificationReason."},
		"another's reason":          {closed + `,"classification":"TruePositive","classificationReason":"InaccurateData"`, "does not fit"},
		"a reason for undetermined": {closed + `,"classification":"Undetermined","classificationReason":"InaccurateData"`, "must not have classificationReason"},
		"a reason alone":            {good + `,"classificationReason":"InaccurateData"`, "must not have classificationReason"},
		"an unnamed label":          {good + `,"labels":[{"labelName":"a"},{"labelType":"User"}]`, "'labelName'"},
		"an owner of no GUID":       {good + `,"owner":{"objectId":"jane"}`, "objectId 'jane'"},
		"an owner of another kind":  {good + `,"owner":{"ownerType":"Team"}`, "ownerType 'Team'"},
		"a time that is none":       {good + `,"firstActivityTimeUtc":"yesterday"`, "firstActivityTimeUtc 'yesterday'"},
		"another type":              {`"title":1`, "not valid"},
	} {
		a := l.arm(http.MethodPut, sentinels+"/"+guid, `{"properties":{`+c[0]+`}}`)
		l.refused(what, a, 400, "BadRequest", c[1])
	}
	l.refused("no properties", l.arm(http.MethodPut, sentinels+"/"+guid, `{"title":"A"}`), 400, "BadRequest", "'properties'")
	l.refused("no JSON", l.arm(http.MethodPut, sentinels+"/"+guid, `{`), 400, "BadRequest", "not valid")
	l.refused("too much", l.arm(http.MethodPut, sentinels+"/"+guid, `"`+strings.Repeat("x", 4<<20)+`"`), 413, "RequestContentTooLarge", "")
	l.refused("no media type", l.arm(http.MethodPut, sentinels+"/"+guid, ""), 415, "UnsupportedMediaType", "application/json")
	l.equal("nothing was stored", []any{len(l.listSentinel().Value), len(l.e.Writes(0))}, []any{0, 0})
	for i, pair := range []string{
		`"classification":"TruePositive","classificationReason":"SuspiciousActivity"`, `"classification":"BenignPositive","classificationReason":"SuspiciousButExpected"`,
		`"classification":"FalsePositive","classificationReason":"IncorrectAlertLogic"`, `"classification":"FalsePositive","classificationReason":"InaccurateData"`,
		`"classification":"Undetermined"`,
	} {
		l.equal(pair, l.arm(http.MethodPut, fmt.Sprint(sentinels, "/", i), `{"properties":{`+closed+`,`+pair+`}}`).status, 201)
	}
}

func TestWritesOfIncidentsAreListed(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	s := l.putSentinel(guid, "", "A", "")
	s = l.putSentinel(guid, s.Etag, "A", `,"labels":[{"labelName":"x"}]`)
	l.putSentinel(guid, s.Etag, "A", `,"labels":[{"labelName":"x"}]`)
	l.arm(http.MethodDelete, sentinels+"/"+guid, "")
	l.arm(http.MethodDelete, sentinels+"/"+guid, "")
	const all = "[title description status severity classification classificationReason classificationComment owner labels]"
	writes := l.e.Writes(0)
	got := []string{}
	for _, w := range writes {
		got = append(got, fmt.Sprint(w.Op, " ", w.Changed))
		l.equal("write", []any{w.Side, w.Tenant, w.Workspace, w.ID, w.Kind, w.Actor, w.By},
			[]any{"sentinel", emulator.DefaultWorkspaceTenant, emulator.DefaultWorkspace, guid, "incident", "app", client})
	}
	l.equal("writes", got, []string{"create " + all, "update [labels]", "update []", "delete " + all})
	l.equal("before and after", []any{string(writes[0].Before), string(writes[3].After)}, []any{"", ""})
	l.contains("members", string(writes[1].After), `"title":"A","description":null,"status":"New","severity":"High","classification":null`, `"labels":[{"labelName":"x","labelType":"User"}]`)
}

func TestFaultsOfIncidentWrites(t *testing.T) {
	l := newLab(t, emulator.Settings{TokenFor: 24 * time.Hour})
	l.faults(emulator.Fault{Kind: emulator.FaultEtagConflict, Count: 1}, emulator.Fault{Kind: emulator.FaultStaleAnswer})
	first := l.putSentinel(guid, "", "A", "")
	l.refused("somebody wrote in between", l.arm(http.MethodPut, sentinels+"/"+guid, putText(first.Etag, "B", "")), 409, "Conflict", "Newer version")
	second := l.getSentinel(guid)
	l.equal("only the etag moved", []any{second.Properties.Title, second.Etag != first.Etag}, []any{"A", true})
	l.equal("the answer shows the state before", l.putSentinel(guid, second.Etag, "B", ""), second)
	l.equal("the state is the new one", l.getSentinel(guid).Properties.Title, "B")

	l.faults(emulator.Fault{Kind: emulator.FaultLostAnswer, Operation: "put_sentinel"})
	l.equal("a lost answer", l.arm(http.MethodPut, sentinels+"/lost", putText("", "L", "")).status, 0)
	l.equal("its work is done", l.getSentinel("lost").Properties.Title, "L")

	l.faults(emulator.Fault{Kind: emulator.FaultStaleRead, Delay: emulator.Duration(time.Minute)})
	l.now = l.now.Add(time.Hour)
	l.faults(emulator.Fault{Kind: emulator.FaultStaleRead, Delay: emulator.Duration(time.Minute)})
	old, listed := l.getSentinel("lost"), l.listSentinel().Value[1]
	l.putSentinel("lost", old.Etag, "M", "")
	l.putSentinel("new", "", "N", "")
	l.equal("a read of before", []any{l.getSentinel("lost"), l.getSentinel("new").Name}, []any{old, "new"})
	l.equal("a list of before", []any{l.listSentinel().names(), l.listSentinel().Value[1]}, []any{[]string{guid, "lost", "new"}, listed})
	l.arm(http.MethodDelete, sentinels+"/"+guid, "")
	l.equal("not deleted yet", l.getSentinel(guid).Name, guid)
	l.now = l.now.Add(time.Minute)
	l.equal("all caught up", []any{l.getSentinel("lost").Properties.Title, l.arm(http.MethodGet, sentinels+"/"+guid, "").status}, []any{"M", 404})

	l.faults(emulator.Fault{Kind: emulator.FaultTies})
	l.now = l.now.Add(1234 * time.Millisecond)
	l.equal("cut to the second", l.putSentinel("tied", "", "T", "").Properties.LastModifiedTimeUtc, l.now.Truncate(time.Second).Format(time.RFC3339))
	l.faults(emulator.Fault{Kind: emulator.FaultStatus, Status: 429, RetryAfter: "7", Operation: "get_sentinel"})
	a := l.arm(http.MethodGet, sentinels+"/tied", "")
	l.refused("status", a, 429, "TooManyRequests", "")
	l.equal("retry after", a.header.Get("Retry-After"), "7")
}
