package sentinelincidentexporter

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAnIncidentHasATwinAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, onEmulator)
		l.open("4711", `{"customTags":["vip"],"assignedTo":"jane@contoso.com"}`)
		synctest.Wait()
		twin := l.twin("4711")
		require.Equal(t, "incident 4711", twin.Properties.Title)
		require.Equal(t, "what 4711 is", twin.Properties.Description)
		require.Equal(t, "High", twin.Properties.Severity)
		require.Equal(t, "New", twin.Properties.Status)
		require.Equal(t, "jane@contoso.com", twin.Properties.Owner.UserPrincipalName)
		require.ElementsMatch(t, []string{link("4711").Label(), "vip"}, twin.labels())
		require.Equal(t, "2026-01-01T00:00:00Z", twin.Properties.FirstActivityTimeUtc)
		require.Contains(t, twin.Properties.LastActivityTimeUtc, "2000-01-01T00:00:00")
		time.Sleep(24 * time.Hour)
		require.Len(t, l.writes(), 1, "and nothing more is written")
	})
}

func TestEveryFieldFollowsDefender(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, onEmulator)
		l.open("1", "")
		l.edit("1", `{"displayName":"renamed"}`)
		l.edit("1", `{"severity":"low"}`)
		l.edit("1", `{"assignedTo":"joe@contoso.com"}`)
		l.edit("1", `{"customTags":["a","b"]}`)
		l.edit("1", `{"status":"inProgress"}`)
		synctest.Wait()
		p := l.twin("1").Properties
		require.Equal(t, []string{"renamed", "Low", "joe@contoso.com", "Active"}, []string{p.Title, p.Severity, p.Owner.UserPrincipalName, p.Status})
		l.edit("1", `{"status":"resolved","classification":"truePositive","determination":"malware"}`)
		synctest.Wait()
		p = l.twin("1").Properties
		require.Equal(t, []string{"Closed", "TruePositive", "SuspiciousActivity"}, []string{p.Status, p.Classification, p.ClassificationReason})
		require.ElementsMatch(t, []string{link("1").Label(), "a", "b"}, l.twin("1").labels())
		require.Len(t, l.writes(), 7)
		l.edit("1", `{"status":"active"}`)
		synctest.Wait()
		require.Equal(t, "New", l.twin("1").Properties.Status)
	})
}
