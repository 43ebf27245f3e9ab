package sentinelincidentexporter

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
)

// life is everything that is written of one incident: it is made, changed,
// closed, commented on and gets its alerts.
func life(l *lab) {
	l.open("1", "", "a1", "a2")
	l.edit("1", `{"severity":"low","comments":[{"comment":"look at the host"}]}`)
	l.edit("1", `{"assignedTo":"joe@contoso.com"}`)
	l.edit("1", `{"status":"resolved","classification":"falsePositive","determination":"notMalicious","comment":"it was a test"}`)
}

// lived requires that all of life has arrived, and is there once.
func lived(t *testing.T, l *lab) {
	t.Helper()
	require.Len(t, l.twins(soc), 1)
	twin := l.twin("1")
	p := twin.Properties
	require.Equal(t, []string{"incident 1", "Low", "Closed", "FalsePositive", "InaccurateData", "joe@contoso.com"},
		[]string{p.Title, p.Severity, p.Status, p.Classification, p.ClassificationReason, p.Owner.UserPrincipalName})
	require.Len(t, twin.Comments, 2)
	require.Len(t, twin.Relations, 2)
}

// classes are the ways in which a request does not succeed and later does.
var classes = []emulator.Fault{
	{Kind: emulator.FaultStatus, Status: 500},
	{Kind: emulator.FaultStatus, Status: 503, RetryAfter: "7"},
	{Kind: emulator.FaultStatus, Status: 429, RetryAfter: "90"},
	{Kind: emulator.FaultStatus, Status: 429, RetryAfter: "date:45"},
	{Kind: emulator.FaultStatus, Status: 429},
	{Kind: emulator.FaultStatus, Status: 403},
	{Kind: emulator.FaultStatus, Status: 401},
	{Kind: emulator.FaultStatus, Status: 408},
	{Kind: emulator.FaultStatus, Status: 502, Body: "html"},
	{Kind: emulator.FaultCut},
	{Kind: emulator.FaultCut, Bytes: 40},
	{Kind: emulator.FaultLostAnswer},
}

func TestEveryAnswerAtEveryStepHeals(t *testing.T) {
	for _, operation := range []string{
		"token", "list_connectors", "list_sentinel", "get_sentinel", "put_sentinel", "put_comment", "list_comments", "query", "put_relation",
	} {
		for _, fault := range classes {
			fault.Operation, fault.Count = operation, 3
			t.Run(fmt.Sprintf("%s %s %d %s%s", operation, fault.Kind, fault.Status, fault.RetryAfter, fault.Body), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					l := newStoppedLab(t, emulator.Settings{}, onEmulator)
					l.upload("1", "a1", "a2")
					l.faults(fault)
					l.start()
					defer l.stop()
					life(l)
					time.Sleep(2 * time.Hour)
					lived(t, l)
					require.Zero(t, l.decision("incident", ledger.ResultParked))
					require.Contains(t, []string{"StatusOK", "StatusNone"}, l.host.Status().String(), "%v", l.host.StatusError())
					n := len(l.emulator.Writes(0))
					time.Sleep(24 * time.Hour)
					require.Len(t, l.emulator.Writes(0), n, "nothing is written once it is quiet")
				})
			})
		}
	}
}

func TestAStaleEtagIsReadAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, onEmulator)
		l.open("1", "")
		synctest.Wait()
		l.faults(emulator.Fault{Kind: emulator.FaultEtagConflict, Count: 4})
		l.edit("1", `{"severity":"low"}`)
		time.Sleep(time.Minute)
		require.Equal(t, "Low", l.twin("1").Properties.Severity)
		require.EqualValues(t, 4, l.metric("writes", "field=severity", "result=conflict"))
		require.EqualValues(t, 1, l.metric("writes", "field=severity", "result=written"))
	})
}

func TestAPersonsEditBetweenReadAndWriteIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, onEmulator)
		l.open("1", "")
		synctest.Wait()
		edited := false
		l.wire.intercept(func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
			if r.Method == http.MethodPut && !edited {
				edited = true
				l.control(http.MethodPost, "/control/sentinel/incidents/"+link("1").SentinelName(), `{"status":"Active","labels":[{"labelName":"mine"}]}`)
			}
			return next.RoundTrip(r)
		})
		l.edit("1", `{"severity":"low"}`)
		time.Sleep(time.Minute)
		p := l.twin("1").Properties
		require.Equal(t, []string{"Low", "Active"}, []string{p.Severity, p.Status})
		require.Contains(t, l.twin("1").labels(), "mine")
	})
}

// TestAFieldThatIsRefusedIsParkedAlone lets the service refuse an owner.
func TestAFieldThatIsRefusedIsParkedAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, onEmulator)
		l.open("1", "")
		synctest.Wait()
		l.wire.intercept(func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
			if body := bodyOf(t, r); r.Method == http.MethodPut && contains(body, "stranger@") {
				return say(r, http.StatusBadRequest, `{"error":{"code":"BadRequest","message":"no such user"}}`), nil
			}
			return next.RoundTrip(r)
		})
		l.edit("1", `{"severity":"low","assignedTo":"stranger@contoso.com","status":"inProgress"}`)
		time.Sleep(time.Hour)
		p := l.twin("1").Properties
		require.Equal(t, []string{"Low", "Active", ""}, []string{p.Severity, p.Status, p.Owner.UserPrincipalName})
		require.Equal(t, 1, l.decision("owner", ledger.ResultParked))
		entry := l.entry("1")
		require.Len(t, entry.Parks, 1)
		require.Equal(t, "put incident: 400 BadRequest", entry.Parks[0].Reason)
		l.edit("1", `{"assignedTo":"jane@contoso.com"}`)
		synctest.Wait()
		require.Equal(t, "jane@contoso.com", l.twin("1").Properties.Owner.UserPrincipalName, "it is tried again when it changes")
		require.Empty(t, l.entry("1").Parks)
	})
}

func TestATwinThatIsRefusedIsParkedAndTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, onEmulator)
		l.faults(emulator.Fault{Kind: emulator.FaultStatus, Status: 400, Operation: "put_sentinel", Count: 1})
		l.open("1", "")
		time.Sleep(time.Hour)
		require.Empty(t, l.twins(soc))
		require.Equal(t, 1, l.decision("incident", ledger.ResultParked))
		l.edit("1", `{"displayName":"a title that is taken"}`)
		synctest.Wait()
		require.Equal(t, "a title that is taken", l.twin("1").Properties.Title)
	})
}

// TestWhatDefenderDoesNotSayIsFilledIn makes a twin of an incident that lacks
// what Sentinel wants.
func TestWhatDefenderDoesNotSayIsFilledIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, onEmulator)
		l.open("1", `{"displayName":null,"severity":"unknown","status":"newerThanWeAre"}`)
		synctest.Wait()
		p := l.twin("1").Properties
		require.Equal(t, []string{"Defender incident 1", "Informational", "New"}, []string{p.Title, p.Severity, p.Status})
		time.Sleep(24 * time.Hour)
		require.Len(t, l.writes(), 1, "what Defender does not say is nothing to write about")
	})
}

func TestATwinOfAnotherLedgersMakingIsTakenOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, onEmulator)
		l.open("1", `{"comments":[{"comment":"first","createdByDisplayName":"Jane","createdDateTime":"2026-01-01T00:00:00Z"}]}`)
		time.Sleep(time.Minute)
		l.stop()
		l.disk = newDisk()
		l.start()
		l.deliver("1")
		time.Sleep(10 * time.Minute)
		l.deliver("1") // polled after the settle time: the sides may be compared
		l.edit("1", `{"severity":"low"}`)
		time.Sleep(10 * time.Minute)
		require.Len(t, l.twins(soc), 1)
		require.Equal(t, "Low", l.twin("1").Properties.Severity)
		require.Len(t, l.twin("1").Comments, 1, "a copy that is there is found")
	})
}

func TestAnIncidentDeletedInSentinelStaysDeletedUntilItIsReopened(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, onEmulator)
		l.upload("1", "a1")
		l.open("1", "", "a1")
		time.Sleep(20 * time.Minute)
		require.Len(t, l.twin("1").Relations, 1)
		l.control(http.MethodDelete, "/control/sentinel/incidents/"+link("1").SentinelName(), "")
		l.edit("1", `{"severity":"low"}`)
		l.edit("1", `{"status":"inProgress","comments":[{"comment":"hello"}]}`)
		time.Sleep(24 * time.Hour)
		require.Empty(t, l.twins(soc))
		require.Equal(t, 1, l.decision("incident", ledger.ResultNoted))
		l.edit("1", `{"status":"resolved"}`)
		time.Sleep(time.Hour)
		require.Empty(t, l.twins(soc))
		l.edit("1", `{"status":"active"}`)
		time.Sleep(time.Hour)
		twin := l.twin("1")
		require.Equal(t, []string{"New", "Low"}, []string{twin.Properties.Status, twin.Properties.Severity})
		require.Len(t, twin.Relations, 1, "the new one gets its alerts")
		require.Len(t, twin.Comments, 1)
	})
}

// TestADeletionIsNoticedByWhateverComesNext deletes the twin before a comment
// and before a relation.
func TestADeletionIsNoticedByWhateverComesNext(t *testing.T) {
	for name, next := range map[string]func(l *lab){
		"comment":  func(l *lab) { l.edit("1", `{"comments":[{"comment":"hello"}]}`) },
		"relation": func(l *lab) { l.upload("1", "a1"); l.open("1", `{"lastUpdateDateTime":"`+stamp()+`"}`, "a1") },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLab(t, onEmulator)
				l.open("1", "")
				synctest.Wait()
				l.control(http.MethodDelete, "/control/sentinel/incidents/"+link("1").SentinelName(), "")
				next(l)
				time.Sleep(time.Hour)
				require.Empty(t, l.twins(soc))
				require.True(t, l.entry("1").Sides[incident.SideSentinel].Gone)
				require.Equal(t, 1, l.decision("incident", ledger.ResultNoted))
				n := l.asked(http.MethodGet)
				time.Sleep(24 * time.Hour)
				require.Equal(t, n, l.asked(http.MethodGet), "nothing is asked about it any more")
			})
		})
	}
}
