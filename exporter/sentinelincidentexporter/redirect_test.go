package sentinelincidentexporter

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/collectortest"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
)

// merge merges incidents of contoso into one of them, and delivers them all.
func (l *lab) merge(into string, ids ...string) {
	l.Helper()
	time.Sleep(time.Second)
	list := `"` + into + `"`
	for _, id := range ids {
		list += `,"` + id + `"`
	}
	l.control(http.MethodPost, "/control/defender/merge", `{"incidentIds":[`+list+`],"targetIncidentId":"`+into+`"}`)
	for _, id := range append(ids, into) {
		l.deliver(id)
	}
}

func TestAMergedIncidentIsClosedWithAWord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, onEmulator)
		l.open("1", "")
		l.open("2", "")
		synctest.Wait()
		l.merge("1", "2")
		time.Sleep(time.Hour)
		merged := l.twin("2")
		require.Equal(t, "Closed", merged.Properties.Status)
		require.Equal(t, "Undetermined", merged.Properties.Classification)
		require.Contains(t, merged.labels(), incident.RedirectedLabel)
		require.Len(t, merged.Comments, 1)
		require.Equal(t, "This incident was merged into incident 1 in Microsoft Defender and is closed here. Work on it goes on there.", merged.Comments[0].Properties.Message)
		require.Equal(t, "New", l.twin("1").Properties.Status)

		writes := l.emulator.Writes(0)
		at := map[emulator.WriteKind]uint64{}
		for _, w := range writes {
			if w.ID == link("2").SentinelName() {
				at[w.Kind] = w.N
			}
		}
		require.Less(t, at[emulator.WriteComment], at[emulator.WriteIncident], "the word comes first")

		l.control(http.MethodPost, "/control/sentinel/incidents/"+link("2").SentinelName(), `{"status":"Active"}`)
		l.deliver("2")
		time.Sleep(24 * time.Hour)
		require.Equal(t, "Active", l.twin("2").Properties.Status, "a person's later edit is not fought")
	})
}

func TestAChainOfMergesNamesItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, onEmulator)
		for _, id := range []string{"1", "2", "3"} {
			l.open(id, "")
		}
		synctest.Wait()
		l.faults(emulator.Fault{Kind: emulator.FaultStatus, Status: 503, Service: "arm"})
		l.merge("2", "3")
		l.merge("1", "2")
		time.Sleep(time.Hour)
		l.faults()
		time.Sleep(time.Hour)
		require.Equal(t, "This incident was merged into incident 1 in Microsoft Defender, by way of incident 2 and is closed here. Work on it goes on there.",
			l.twin("3").Comments[0].Properties.Message)
		require.Equal(t, []string{"Closed", "Closed", "New"},
			[]string{l.twin("3").Properties.Status, l.twin("2").Properties.Status, l.twin("1").Properties.Status})
	})
}

func TestMergesInACircleAreNotFollowedForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, onEmulator)
		for _, id := range []string{"1", "2"} {
			l.open(id, "")
		}
		synctest.Wait()
		l.put("1", `{"status":"redirected","redirectIncidentId":"2"}`)
		l.put("2", `{"status":"redirected","redirectIncidentId":"1"}`)
		l.deliver("1")
		l.deliver("2")
		time.Sleep(time.Hour)
		require.Equal(t, "Closed", l.twin("1").Properties.Status)
		require.Len(t, l.twin("1").Comments, 1)
		require.Len(t, l.twin("2").Comments, 1)
	})
}

func TestAMergedIncidentWithoutATwinGetsNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, onEmulator)
		l.put("1", `{"status":"redirected","redirectIncidentId":"2"}`)
		l.deliver("1")
		time.Sleep(24 * time.Hour)
		require.Empty(t, l.twins(soc))
		require.Empty(t, l.writes())
	})
}

func TestAMergeThatDoesNotSayWhereto(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, onEmulator)
		l.open("1", "")
		synctest.Wait()
		l.put("1", `{"status":"redirected"}`)
		l.deliver("1")
		time.Sleep(time.Hour)
		require.Contains(t, l.twin("1").Comments[0].Properties.Message, "does not say which")
	})
}

func TestAMergedIncidentFullOfCommentsIsClosedAllTheSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, onEmulator)
		l.open("1", "")
		l.open("2", "")
		l.commented("2", 0, 100)
		time.Sleep(time.Hour)
		l.merge("1", "2")
		time.Sleep(time.Hour)
		require.Equal(t, "Closed", l.twin("2").Properties.Status)
		require.Len(t, l.twin("2").Comments, 100)
		require.Equal(t, 1, l.decision("redirect", ledger.ResultWritten))
	})
}

func TestAMergeThatIsLearntAfterALedgerLossIsNamedToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, onEmulator)
		l.open("1", "")
		l.open("2", "")
		synctest.Wait()
		l.stop()
		l.disk = collectortest.NewDisk()
		l.start()
		l.merge("1", "2")
		time.Sleep(time.Hour)
		require.Contains(t, l.twin("2").labels(), incident.RedirectedLabel)
		require.Len(t, l.twin("2").Comments, 1)
		require.Contains(t, l.twin("2").Comments[0].Properties.Message, "merged into incident 1")
	})
}
