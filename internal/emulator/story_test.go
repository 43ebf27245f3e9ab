package emulator_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

func (l *lab) story(document string) emulator.Stored {
	l.Helper()
	stored, err := l.e.PutStory(emulator.DefaultTenant, strings.NewReader(document))
	if err != nil {
		l.Fatal(err)
	}
	return stored
}

// told is an incident as the service tells it, untouched by anybody.
func (l *lab) told(severity, title string, alerts ...string) string {
	at := l.now.Format(time.RFC3339Nano)
	for i := range alerts {
		alerts[i] = fmt.Sprintf(`{"id":%q,"status":"new","assignedTo":null,"classification":null,"determination":null,"incidentId":"1","comments":[],"resolvedDateTime":null,"lastUpdateDateTime":%q,"evidence":[]}`, alerts[i], at)
	}
	return fmt.Sprintf(`{"id":"1","status":"active","assignedTo":null,"classification":null,"determination":null,"severity":%q,"customTags":[],"systemTags":[],"comments":[],"resolvingComment":null,"redirectIncidentId":null,
		"displayName":%q,"priorityScore":5,"lastUpdateDateTime":%q,"alerts":[%s]}`, severity, title, at, strings.Join(alerts, ","))
}

func TestAStoryLeavesWhatPeopleWrote(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	l.equal("new", l.story(l.told("low", "first", "a")), emulator.Stored{Incidents: 1, Alerts: 1, IncidentRevisions: 1, AlertRevisions: 1})
	l.edit("1", `{"status":"inProgress","assignedTo":"p","classification":"truePositive","determination":"malware","customTags":["t"],"systemTags":["s"],"comment":"c","resolvingComment":"r"}`)
	l.patch(alerts+"/a", `{"status":"inProgress"}`)
	l.now = l.now.Add(-time.Minute) // the story's moment was before the edits
	l.equal("the alert that was told before is no news", l.story(l.told("medium", "second", "a", "b")), emulator.Stored{Incidents: 1, Alerts: 1, IncidentRevisions: 1, AlertRevisions: 1})
	body := l.get(incidents + "/1?$expand=alerts").body
	l.contains("people's", body, `"status":"inProgress"`, `"assignedTo":"p"`, `"determination":"malware"`, `"customTags":["t"]`, `"systemTags":["s"]`, `"comment":"c"`, `"resolvingComment":"r"`, `{"id":"a","status":"inProgress","assignedTo":"p"`)
	l.contains("the service's", body, `"severity":"medium"`, `"displayName":"second"`, `{"id":"b","status":"new"`)
	l.contains("later than the edits", body, `"lastUpdateDateTime":"2026-01-02T12:00:00.0000002Z"`)
}

func TestAStoryKeepsASeverityThatSomebodySet(t *testing.T) {
	for _, set := range []func(*lab){
		func(l *lab) { l.edit("1", `{"severity":"high"}`) }, func(l *lab) { l.patch(incidents+"/1", `{"severity":"high"}`) },
	} {
		l := newLab(t, emulator.Settings{})
		l.story(l.told("low", "n"))
		set(l)
		l.story(l.told("medium", "m"))
		l.contains("severity", l.get(incidents+"/1").body, `"severity":"high"`, `"displayName":"m"`)
	}
}

func TestAStoryChangesAlertsButNotTheirWork(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	l.story(l.told("low", "n", "a"))
	l.now = l.now.Add(time.Second)
	l.patch(alerts+"/a", `{"status":"resolved"}`)
	l.now = l.now.Add(time.Second)
	l.story(strings.Replace(l.told("low", "n", "a"), `"evidence":[]`, `"evidence":[{"verdict":"malicious"}]`, 1))
	l.contains("alert", l.get(alerts+"/a").body, `"status":"resolved"`, `"resolvedDateTime":"2026-01-02T12:00:01Z"`, `"verdict":"malicious"`, `"lastUpdateDateTime":"2026-01-02T12:00:02Z"`)
}

func TestAStoryEndsWithTheIncident(t *testing.T) {
	for name, end := range map[string]func(*lab){
		"resolved": func(l *lab) { l.edit("1", `{"status":"resolved"}`) },
		"merged": func(l *lab) {
			l.twoAlerts("0")
			l.e.MergeIncidents(emulator.DefaultTenant, "m", []string{"0", "1"}, "0")
		},
	} {
		l := newLab(t, emulator.Settings{})
		l.story(l.told("low", "n", "a"))
		end(l)
		n := l.number()
		l.equal(name, l.story(l.told("high", "m", "a", "b")), emulator.Stored{})
		l.equal(name+", no write", l.writes(n), []string{})
	}
}

func TestAStoryLetsMovedAlertsBe(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	l.twoAlerts("2")
	l.story(l.told("low", "n", "a", "b"))
	l.move(`{"alertIds":["a"],"incidentId":"2"}`)
	l.now = l.now.Add(time.Second)
	l.story(l.told("low", "m", "a", "b"))
	l.contains("moved", l.get(alerts+"/a").body, `"incidentId":"2"`)
	l.contains("not back", l.get(incidents+"/1?$expand=alerts").body, `"displayName":"m"`, `"alerts":[{"id":"b"`)
}

func TestStoriesThatAreRefused(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	if _, err := l.e.PutStory(emulator.DefaultTenant, strings.NewReader(`[{"id":"1"},{"id":5}]`)); err == nil {
		t.Error("no error")
	}
	l.equal("nothing stored", l.e.Summary().Incidents, 0)
}
