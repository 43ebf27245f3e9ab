package sentinelincidentexporter

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
)

// commented adds comments to a Defender incident, a second apart, and delivers
// it.
func (l *lab) commented(id string, from, to int) {
	l.Helper()
	for n := from; n < to; n++ {
		time.Sleep(time.Second)
		l.control(http.MethodPost, "/control/defender/incidents/"+id, fmt.Sprintf(`{"comment":"comment %d"}`, n))
	}
	l.deliver(id)
}

func TestACommentIsCopiedOnceWithAuthorAndTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, onEmulator)
		l.open("1", "")
		l.commented("1", 0, 1)
		synctest.Wait()
		l.deliver("1")
		time.Sleep(time.Hour)
		comments := l.twin("1").Comments
		require.Len(t, comments, 1)
		require.Equal(t, "analyst@contoso.com, 2000-01-01 00:00:01 UTC, in Defender:\ncomment 0", comments[0].Properties.Message)
		require.EqualValues(t, 1, l.metric("copied_comments", "tenant=contoso", "side=sentinel"))
	})
}

func TestCommentsStopAtOneHundredAndThatIsSaidOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, onEmulator)
		l.open("1", "")
		l.commented("1", 0, 99)
		time.Sleep(time.Hour)
		require.Len(t, l.twin("1").Comments, 99)
		l.commented("1", 99, 101)
		time.Sleep(time.Hour)
		l.commented("1", 101, 102)
		l.edit("1", `{"severity":"low"}`)
		l.commented("1", 102, 103)
		time.Sleep(24 * time.Hour)
		require.Len(t, l.twin("1").Comments, 100)
		require.Equal(t, 1, l.decision("comment", ledger.ResultParked))
		require.Equal(t, "Low", l.twin("1").Properties.Severity, "the fields go on")
	})
}

// TestOthersCommentsCountToo lets people fill an incident without the exporter's
// knowing, so that only the service can say it.
func TestOthersCommentsCountToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, onEmulator)
		l.open("1", "")
		synctest.Wait()
		for n := range 99 {
			l.control(http.MethodPost, "/control/sentinel/incidents/"+link("1").SentinelName(), fmt.Sprintf(`{"comment":"mine %d"}`, n))
		}
		l.commented("1", 0, 3)
		time.Sleep(24 * time.Hour)
		require.Len(t, l.twin("1").Comments, 100)
		require.Equal(t, 1, l.decision("comment", ledger.ResultParked))
	})
}

func TestACommentThatIsNeverTakenDoesNotStopTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, onEmulator)
		l.open("1", "")
		synctest.Wait()
		l.wire.intercept(func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
			if body := bodyOf(t, r); r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/comments/") && contains(body, "comment 1") {
				return say(r, http.StatusBadRequest, `{"error":{"code":"BadRequest","message":"no"}}`), nil
			}
			return next.RoundTrip(r)
		})
		l.commented("1", 0, 3)
		time.Sleep(time.Hour)
		require.Len(t, l.twin("1").Comments, 2)
		require.Equal(t, 1, l.decision("comment", ledger.ResultParked))
	})
}
