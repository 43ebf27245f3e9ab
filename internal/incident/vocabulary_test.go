package incident_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
)

func TestWhatATwinIsMadeOf(t *testing.T) {
	var v incident.Vocabulary
	for _, c := range []struct {
		field      incident.Field
		from, want incident.Value
	}{
		{incident.FieldStatus, "active", "New"},
		{incident.FieldStatus, "awaitingAction", "Active"},
		{incident.FieldStatus, "resolved", "Closed"},
		{incident.FieldStatus, "newerThanWeAre", ""},
		{incident.FieldSeverity, "high", "High"},
		{incident.FieldSeverity, "unknown", ""},
		{incident.FieldVerdict, "truePositive/malware", "TruePositive/SuspiciousActivity"},
		{incident.FieldVerdict, "", ""},
		{incident.FieldOwner, "jane@contoso.com", "jane@contoso.com"},
		{incident.FieldOwner, "automation", ""},
		{incident.FieldTitle, "a title", "a title"},
	} {
		require.Equal(t, c.want, v.Translate(c.field, incident.SideDefender, c.from, ""), "%s %q", c.field, c.from)
	}
}
