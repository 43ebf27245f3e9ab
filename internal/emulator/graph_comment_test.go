package emulator_test

import (
	"strings"
	"testing"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

func TestCommentsAnswerTheWholeListAndDoubleOnRepeat(t *testing.T) {
	for path, id := range map[string]string{incidents + "/1": "1", alerts + "/a1": "a1"} {
		l := newLab(t, emulator.Settings{})
		l.twoAlerts("1")
		n := l.number()
		body := `{"@odata.type":"microsoft.graph.security.alertComment","comment":"Grüße \"x\""}`
		one := `{"comment":"Grüße \"x\"","createdByDisplayName":"API-App:` + client + `","createdDateTime":"2026-01-02T12:00:00Z"}`
		a := l.send("POST", path+"/comments", body)
		l.equal("first", []any{a.status, a.body}, []any{200, `{"@odata.context":"` + base + `/v1.0/$metadata#security/alerts_v2('` + id + `')/comments","value":[` + one + `]}`})
		l.now = l.now.Add(time.Second)
		two := strings.Replace(one, "00Z", "01Z", 1)
		l.contains("second", l.send("POST", path+"/comments", body).body, `"value":[`+one+`,`+two+`]`)
		l.contains("stored", l.get(path).body, `"comments":[`+one+`,`+two+`]`, `"lastUpdateDateTime":"2026-01-02T12:00:01Z"`)
		l.contains("the incident's time moves", l.get(incidents+"/1").body, `"lastUpdateDateTime":"2026-01-02T12:00:01Z"`)
		lines := l.writes(n)
		l.equal("written", lines[0], "app create comment "+id+" [comments]")
		l.equal("cascades", len(lines), map[string]int{"1": 2, "a1": 4}[id])
		l.equal("the comment itself", []string{string(l.e.Writes(n)[0].Before), string(l.e.Writes(n)[0].After)}, []string{"", one})
	}
}

func TestCommentsOnDocumentsWithoutAList(t *testing.T) {
	for _, members := range []string{``, `,"comments":null`, `,"comments":[]`} {
		l := newLab(t, emulator.Settings{})
		l.put(`{"id":"1"` + members + `}`)
		l.contains(members, l.send("POST", incidents+"/1/comments", `{"comment":"c"}`).body, `"value":[{"comment":"c"`)
		l.contains(members, l.get(incidents+"/1").body, `"comments":[{"comment":"c"`)
	}
}

func TestCommentsThatAreRefused(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	l.twoAlerts("1")
	for _, body := range []string{
		`{}`, `{"comment":""}`, `{"comment":" \n"}`, `{"comment":null}`, `{"comment":5}`, `{"comment":"c","createdByDisplayName":"me"}`,
		`{"comment":"c","@odata.type":"#microsoft.graph.security.incident"}`, `[{"comment":"c"}]`, `{"comment":"` + strings.Repeat("é", 30_001) + `"}`,
	} {
		a := l.send("POST", incidents+"/1/comments", body)
		l.equal(body[:min(len(body), 60)], a.status, 400)
		l.contains(body[:min(len(body), 60)], a.body, "InvalidRequestBody")
	}
	l.equal("the longest", l.send("POST", incidents+"/1/comments", `{"comment":"`+strings.Repeat("é", 30_000)+`"}`).status, 200)
	l.equal("missing", l.send("POST", incidents+"/2/comments", `{"comment":"c"}`).status, 404)
	l.equal("missing alert", l.send("POST", alerts+"/zz/comments", `{"comment":"c"}`).status, 404)
	l.equal("reading is not offered", l.get(incidents+"/1/comments").status, 405)
	l.equal("no such segment", l.send("POST", incidents+"/1/tasks", `{}`).status, 400)
	l.equal("no id", l.send("POST", incidents+"//comments", `{}`).status, 400)
}
