package incident_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
)

// rows is the value maps by hand: what each side's word is on the other. The
// first Defender word of several is the one that Sentinel's is sent as.
// Source: Microsoft, integration of Defender XDR with Sentinel, read 2026-11.
var rows = []struct {
	field    incident.Field
	sentinel incident.Value
	defender []incident.Value
}{
	{incident.FieldStatus, "New", []incident.Value{"active"}},
	{incident.FieldStatus, "Active", []incident.Value{"inProgress", "awaitingAction"}},
	{incident.FieldStatus, "Closed", []incident.Value{"resolved", "redirected"}},
	{incident.FieldSeverity, "Informational", []incident.Value{"informational"}},
	{incident.FieldSeverity, "Low", []incident.Value{"low"}},
	{incident.FieldSeverity, "Medium", []incident.Value{"medium"}},
	{incident.FieldSeverity, "High", []incident.Value{"high"}},
	{incident.FieldVerdict, "TruePositive/SuspiciousActivity", []incident.Value{"truePositive/other", "truePositive/malware"}},
	{incident.FieldVerdict, "BenignPositive/SuspiciousButExpected", []incident.Value{"informationalExpectedActivity/other"}},
	{incident.FieldVerdict, "FalsePositive/InaccurateData", []incident.Value{"falsePositive/other", "falsePositive/notMalicious"}},
	{incident.FieldVerdict, "", []incident.Value{""}},
}

func TestEachRowOfTheMapsGoesBothWaysAndComesBack(t *testing.T) {
	var v incident.Vocabulary
	for _, row := range rows {
		for _, other := range rows {
			if other.field != row.field {
				continue
			}
			same := other.sentinel == row.sentinel
			for i, d := range row.defender {
				require.Equal(t, same, v.Agree(row.field, d, other.sentinel), "%s: %s and %s", row.field, d, other.sentinel)
				got := v.Translate(row.field, incident.SideDefender, d, other.sentinel)
				require.Equal(t, row.sentinel, got, "%s: %s over %s", row.field, d, other.sentinel)
				require.Equal(t, d, v.Translate(row.field, incident.SideSentinel, got, d), "%s: %s comes back", row.field, d)
				if !same && i == 0 && row.field != incident.FieldVerdict { // its finer word depends on what was there
					require.Equal(t, d, v.Translate(row.field, incident.SideSentinel, row.sentinel, other.defender[0]), "%s: %s over %s", row.field, row.sentinel, other.defender[0])
				}
			}
		}
	}
}

// TestLawsOfTheVocabulary: what was translated agrees, what agrees is kept, and
// nothing is invented from an unknown word.
func TestLawsOfTheVocabulary(t *testing.T) {
	v := incident.Vocabulary{Owners: incident.NewOwners(map[string]string{
		"Jane@Contoso.com": "j.doe@provider.com", "jim@contoso.com": "j.doe@provider.com", "sue@contoso.com": "Sue@provider.com",
	}), DescriptionMax: 5}
	owners := []incident.Value{"", "automation", "jane@contoso.com", "jim@contoso.com", "sue@contoso.com", "j.doe@provider.com", "sue@provider.com", "else"}
	texts := []incident.Value{"", "short", "longer", "longer still", "äöüßéê"}
	tags := []incident.Value{"", incident.Tags([]string{"VIP"}), incident.Tags([]string{"vip"}), incident.Tags([]string{"vip", "x"})}
	all := map[incident.Field][]incident.Value{incident.FieldOwner: owners, incident.FieldTitle: texts, incident.FieldDescription: texts, incident.FieldTags: tags}
	for _, row := range rows {
		all[row.field] = append(append(all[row.field], row.defender...), row.sentinel, "newerThanWeAre")
	}
	for f, values := range all {
		for _, d := range values {
			for _, s := range values {
				toS, toD := v.Translate(f, incident.SideDefender, d, s), v.Translate(f, incident.SideSentinel, s, d)
				require.True(t, v.Agree(f, d, toS), "%s: %q became %q", f, d, toS)
				require.Equal(t, toS, v.Translate(f, incident.SideDefender, d, toS), "twice is once")
				require.True(t, v.Agree(f, toD, s), "%s: %q became %q", f, s, toD)
				if v.Agree(f, d, s) && s != "" {
					require.Equal(t, s, toS, "%s: what agrees with %q is kept", f, d)
					require.Equal(t, d, toD, "%s: what agrees with %q is kept", f, s)
				}
			}
		}
	}
}

func TestOwnersOfTwoTenants(t *testing.T) {
	o := incident.NewOwners(map[string]string{"Jane@Contoso.com": "j.doe@provider.com", "jim@contoso.com": "J.Doe@provider.com"})
	require.Equal(t, incident.Value("j.doe@provider.com"), o.Sentinel("jim@contoso.com"))
	require.Equal(t, incident.Value("jim@contoso.com"), o.Defender("j.doe@provider.com", "jim@contoso.com"), "who means the same is kept")
	require.Equal(t, incident.Value("jane@contoso.com"), o.Defender("j.doe@provider.com", "sue@contoso.com"), "of two the first in the alphabet")
	require.Equal(t, incident.Value("sue@contoso.com"), o.Sentinel("sue@contoso.com"), "without a mapping the name is kept")
	require.Equal(t, incident.Value("sue@provider.com"), o.Defender("sue@provider.com", ""))
	require.Empty(t, o.Sentinel("suppression rule"), "an automaton is nobody")
	require.Equal(t, incident.Value("automation"), o.Defender("", "automation"), "and stays where nobody is assigned")
	v := incident.Vocabulary{Owners: o}
	require.True(t, v.Agree(incident.FieldOwner, "jane@contoso.com", "jane@contoso.com"), "assigned in Sentinel under the name of the other tenant")
	require.Equal(t, incident.Value("jane@contoso.com"), incident.Principal("  Jane@Contoso.COM "))
}

func TestTags(t *testing.T) {
	require.Equal(t, incident.Tags([]string{"B", "a"}), incident.Tags([]string{" a", "B ", "", "b"}))
	require.Empty(t, incident.Tags([]string{"", "  "}))
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOf(rapid.String()).Draw(t, "tags")
		v := incident.Tags(texts)
		require.Equal(t, v, incident.Tags(incident.SplitTags(v)), "a spelling is its own")
		require.Equal(t, v, incident.NewTagSet(v).Value())
		for _, text := range texts {
			if incident.Tags([]string{text}) != "" {
				require.True(t, incident.NewTagSet(v).Has(incident.TagKey(string(incident.Tags([]string{text})))), "%q", text)
			}
		}
	})
}

func TestALongDescriptionAgreesWithWhatSentinelStoresOfIt(t *testing.T) {
	var v incident.Vocabulary
	long := incident.Value(strings.Repeat("ä", incident.SentinelDescriptionMax+1))
	stored := v.Translate(incident.FieldDescription, incident.SideDefender, long, "")
	require.Equal(t, incident.SentinelDescriptionMax, utf8.RuneCountInString(string(stored)))
	require.True(t, v.Agree(incident.FieldDescription, long, stored))
	require.Equal(t, long, v.Translate(incident.FieldDescription, incident.SideSentinel, stored, long), "the whole stays")
}
