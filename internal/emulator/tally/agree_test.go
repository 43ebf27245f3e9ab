package tally

import (
	"encoding/json"
	"strings"
	"testing"
)

const (
	agreeingD = `"displayName":"t","description":"d","status":"resolved","severity":"high","classification":"informationalExpectedActivity","determination":"securityTesting",
		"assignedTo":"R.Medina@contoso.com","customTags":["A","b "],"comments":[{"comment":"one"},{"comment":"one"},{"comment":"two\n\n— Alex, 2026-01-02 12:00:00 UTC, Sentinel comment c-1"}],"alerts":[{},{}]`
	agreeingS = `"title":"t","description":"d","status":"Closed","severity":"High","classification":"BenignPositive","owner":{"userPrincipalName":"alex.reed@provider.com"},"labels":[{"labelName":"LINK"},{"labelName":"a"},{"labelName":"B"}]`
	hanging   = `"comments":[{"properties":{"message":"two"}},{"properties":{"message":"R, 2026-01-02 12:00:00 UTC, in Defender:\none"}},{"properties":{"message":"R, 2026-01-02 12:00:09 UTC, in Defender:\none"}}],"relations":[{},{}]`
)

func compared(t *testing.T, d, properties, rest string) Agreement {
	t.Helper()
	properties = strings.ReplaceAll(properties, "LINK", "defender:4711@"+strings.ToUpper(tenant))
	defender, sentinel := json.RawMessage(`{"id":"4711",`+d+`}`), json.RawMessage(`{"name":"x","properties":{`+properties+`},`+rest+`}`)
	if !json.Valid(defender) || !json.Valid(sentinel) {
		t.Fatalf("no JSON: %s %s", defender, sentinel)
	}
	life := NewLife(People{"r.medina@contoso.com": "alex.reed@provider.com"})
	return life.Compare(tenant, []json.RawMessage{defender}, []json.RawMessage{sentinel})
}

func TestSidesAgreeThroughTheValueMaps(t *testing.T) {
	if a := compared(t, agreeingD, agreeingS, hanging); a.Agree != 1 || a.Incidents != 1 || len(a.Findings) != 0 {
		t.Errorf("%+v", a)
	}
}

func TestEachDisagreementIsNamed(t *testing.T) {
	for _, c := range []struct{ side, from, to, says string }{
		{"d", `"resolved"`, `"inProgress"`, `status is "active" in Defender, "closed" in Sentinel`},
		{"d", `"informationalExpectedActivity"`, `"unknown"`, `verdict is "" in Defender, "benign" in Sentinel`},
		{"d", `"high"`, `"low"`, `severity is "low" in Defender, "high" in Sentinel`},
		{"d", `R.Medina`, `s.ekberg`, `owner is "s.ekberg@contoso.com" in Defender, "alex.reed@provider.com" in Sentinel`},
		{"d", `"A",`, ``, `tag "a" is in Sentinel only`},
		{"d", `"t"`, `"other"`, `title`},
		{"d", `"description":"d"`, `"description":"e"`, `description`},
		{"d", `{"comment":"one"},{"comment":"one"}`, `{"comment":"one"}`, `1 comments were copied too often`},
		{"d", `{"comment":"one"},{`, `{"comment":"one"},{"comment":"three"},{`, `1 comments are on one side only`},
		{"d", `[{},{}]`, `[{},{},{}]`, `2 of 3 alerts are related in Sentinel`},
		{"s", `LINK`, `defender:9@` + tenant, `is not in Sentinel`},
		{"d", `"resolved"`, `"redirected","redirectIncidentId":"9"`, `merged into 9, but Closed in Sentinel`},
	} {
		d, s := agreeingD, agreeingS
		if c.side == "d" {
			d = strings.Replace(d, c.from, c.to, 1)
		} else {
			s = strings.Replace(s, c.from, c.to, 1)
		}
		a := compared(t, d, s, hanging)
		if len(a.Differ()) == 0 || a.Findings[0].What != c.says || a.Agree != 0 {
			t.Errorf("%s → %s: %+v, want %q", c.from, c.to, a, c.says)
		}
	}
}

func TestWhatMustDifferIsSaidAsSuch(t *testing.T) {
	merged := strings.Replace(agreeingD, `"resolved"`, `"redirected","redirectIncidentId":"9"`, 1)
	marked := strings.Replace(agreeingS, `{"labelName":"a"}`, `{"labelName":"Redirected"}`, 1)
	a := compared(t, merged, marked, hanging)
	if len(a.Differ()) != 0 || a.Findings[0].What != "merged into 9, closed in Sentinel" {
		t.Errorf("%+v", a)
	}
	if a := compared(t, merged, strings.Replace(agreeingS, "LINK", "none", 1), hanging); len(a.Differ()) != 0 || len(a.Findings) != 2 {
		t.Errorf("never there, and one of Sentinel's own: %+v", a)
	}
	s := newScript(t).pair().writes("person", Sentinel, `{"title":"mine"}`)
	one := []json.RawMessage{json.RawMessage(`{"id":"4711","displayName":"theirs"}`)}
	two := []json.RawMessage{json.RawMessage(`{"properties":{"title":"mine","labels":[{"labelName":"defender:4711@` + tenant + `"}]}}`)}
	if a := s.life.Compare(tenant, one, two); len(a.Differ()) != 0 || a.Findings[0].What != "title written in Sentinel, which is not carried" {
		t.Errorf("%+v", a)
	}
	s.writes("person", Defender, `{"displayName":"new"}`).writes("app", Sentinel, `{"title":"new"}`)
	if a := s.life.Compare(tenant, one, two); len(a.Differ()) != 1 {
		t.Errorf("no excuse any more: %+v", a)
	}
}

func TestTwoTwinsAreOneTooMany(t *testing.T) {
	twin := json.RawMessage(`{"name":"x","properties":{"labels":[{"labelName":"defender:1@` + tenant + `"}]}}`)
	other := json.RawMessage(`{"name":"y","properties":{"labels":[{"labelName":"defender:1@00000000-0000-4000-8000-00000000000b"}]}}`)
	a := NewLife(nil).Compare(tenant, []json.RawMessage{json.RawMessage(`{"id":"1"}`)}, []json.RawMessage{twin, twin, other})
	if len(a.Findings) != 1 || a.Differ()[0].What != "is 2 times in Sentinel" {
		t.Errorf("%+v", a)
	}
	a = NewLife(nil).Compare(tenant, nil, []json.RawMessage{twin})
	if len(a.Differ()) != 1 || a.Differ()[0].What != "is in Sentinel only" {
		t.Errorf("%+v", a)
	}
}
