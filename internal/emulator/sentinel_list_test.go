package emulator_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

// many puts n incidents in, a second apart, named by their number.
func (l *lab) many(n int) {
	l.Helper()
	for i := range n {
		l.putSentinel(fmt.Sprintf("i%03d", i), "", "A", "")
		l.now = l.now.Add(time.Second)
	}
}

const byModifiedAsc = "properties/lastModifiedTimeUtc asc"

func TestListsInTheOrderAskedFor(t *testing.T) {
	l := newLab(t, emulator.Settings{LooseARMLimits: true})
	l.many(4)
	l.putSentinel("i001", l.getSentinel("i001").Etag, "A", "")
	for order, want := range map[string][]string{
		"":                                    {"i000", "i001", "i002", "i003"},
		byModifiedAsc:                         {"i000", "i002", "i003", "i001"},
		"properties/lastModifiedTimeUtc":      {"i000", "i002", "i003", "i001"},
		"properties/lastModifiedTimeUtc desc": {"i001", "i003", "i002", "i000"},
		"properties/createdTimeUtc  asc":      {"i000", "i001", "i002", "i003"},
		"properties/createdTimeUtc desc":      {"i003", "i002", "i001", "i000"},
	} {
		options := []string{"$orderby", order}
		if order == "" {
			options = nil
		}
		l.equal(order, l.listSentinel(options...).names(), want)
	}
	page := l.listSentinel()
	l.equal("a large letter", []string{page.Value[0].Type, page.Value[0].ID}, []string{"Microsoft.SecurityInsights/Incidents", insights + "/Incidents/i000"})
}

func TestFiltersThatWork(t *testing.T) {
	l := newLab(t, emulator.Settings{LooseARMLimits: true})
	l.putSentinel("a", "", "A", `,"labels":[{"labelName":"snow"},{"labelName":"it's & more"}],"owner":{"assignedTo":"Ann O'Neil"}`)
	l.now = l.now.Add(time.Second)
	l.putSentinel("b", "", "B", `,"status":"Closed","classification":"Undetermined","labels":[{"labelName":"Snow"}]`)
	for filter, want := range map[string]string{
		"properties/lastModifiedTimeUtc ge 2026-01-02T12:00:01Z":                                                    "b",
		"properties/lastModifiedTimeUtc gt 2026-01-02T12:00:00Z":                                                    "b",
		"properties/lastModifiedTimeUtc le 2026-01-02T12:00:00Z":                                                    "a",
		"properties/lastModifiedTimeUtc lt 2026-01-02T12:00:01Z":                                                    "a",
		"properties/lastModifiedTimeUtc eq 2026-01-02T12:00:01Z":                                                    "b",
		"properties/createdTimeUtc ge 2026-01-02T12:00:00Z and properties/createdTimeUtc lt 2026-01-02T12:00:01Z":   "a",
		"properties/status eq 'Closed'":                                                                             "b",
		"(properties/status ne 'Closed')":                                                                           "a",
		"properties/owner/assignedTo eq 'Ann O''Neil'":                                                              "a",
		"properties/owner/assignedTo eq null":                                                                       "b",
		"(properties/labels/any(i:i/labelName eq 'snow'))":                                                          "a",
		"properties/labels/any(x:x/labelName eq 'Snow') and properties/lastModifiedTimeUtc ge 2026-01-02T12:00:00Z": "b",
		"properties/labels/any(x:x/labelName eq 'it''s & more')":                                                    "a",
		"properties/labels/any(x:x/labelName eq 'none')":                                                            "",
		"properties/lastModifiedTimeUtc ge 2026-01-03T00:00:00Z or properties/status eq 'New'":                      "a",
	} {
		for _, order := range []string{byModifiedAsc, "properties/createdTimeUtc desc"} {
			l.equal(filter, strings.Join(l.listSentinel("$filter", filter, "$orderby", order).names(), " "), want)
		}
	}
}

func TestQueriesThatAreRefused(t *testing.T) {
	l := newLab(t, emulator.Settings{LooseARMLimits: true})
	for query, message := range map[string]string{
		"$filter=" + "properties/incidentNumber eq 1":                 "properties/incidentNumber",
		"$filter=" + "properties/providerIncidentId eq '1'":           "properties/providerIncidentId",
		"$filter=" + "properties/status eq 'closed'":                  "closed",
		"$filter=" + "properties/status gt 'New'":                     "gt",
		"$filter=" + "properties/labels eq 'x'":                       "properties/labels",
		"$filter=" + "properties/labels/any(i:j/labelName eq 'x')":    "labelName",
		"$filter=" + "properties/labels/any(i:i/labelType eq 'x')":    "labelType",
		"$filter=" + "properties/labels/any(i:i/labelName ne 'x')":    "only eq",
		"$filter=" + "properties/labels/any(i:i/labelName eq 'x'":     "incomplete",
		"$filter=" + "properties/labels/any(i:i/labelName eq x)":      "only eq",
		"$filter=" + "properties/labels/any ) i:i/labelName eq 'x' )": "lambda",
		"$filter=" + "properties/lastModifiedTimeUtc ge '2026-01-01'": "bare",
		"$filter=" + "lastModifiedTimeUtc ge 2026-01-01T00:00:00Z":    "lastModifiedTimeUtc",
		"$orderby=" + "properties/title":                              "$orderby",
		"$orderby=" + "properties/createdTimeUtc up":                  "$orderby",
		"$top=0":        "$top",
		"$top=1001":     "$top",
		"$top=x":        "$top",
		"$skip=1":       "$skip",
		"$skipToken=x":  "skip token",
		"$top=1&$top=2": "more than once",
		"$top=%zz":      "not well formed",
	} {
		name, value, _ := strings.Cut(query, "=")
		if !strings.ContainsAny(value, "%&") {
			query = name + "=" + strings.NewReplacer(" ", "%20", "'", "%27").Replace(value)
		}
		l.refused(query, l.arm(http.MethodGet, sentinels+"?"+query, ""), 400, "BadRequest", message)
	}
}

func TestPagesAreShortAndTheirLinksUnescaped(t *testing.T) {
	l := newLab(t, emulator.Settings{LooseARMLimits: true})
	l.many(130)
	const filter = "properties/lastModifiedTimeUtc ge 2026-01-02T12:00:00Z and properties/status eq 'New'"
	page := l.listSentinel("$filter", filter, "$orderby", byModifiedAsc, "$top", "40")
	if n := len(page.Value); n > 40 || n < 20 {
		t.Errorf("a page of %d for $top=40", n)
	}
	l.contains("the link is not escaped", page.NextLink, base+sentinels+"?"+version+"&$filter="+filter+"&$orderby="+byModifiedAsc+"&$top=40&$skipToken=")
	short := false
	for _, top := range []string{"1", "7", "40", "1000", ""} {
		options := []string{"$filter", filter, "$orderby", byModifiedAsc}
		if top != "" {
			options = append(options, "$top", top)
		}
		names, pages := l.walkSentinel(options...)
		l.equal("all, once, in order, $top="+top, []any{len(names), slices.IsSorted(names), len(slices.Compact(names))}, []any{130, true, 130})
		short = short || pages > 4
	}
	l.equal("short pages", short, true)
	token := page.NextLink[strings.Index(page.NextLink, "$skipToken=")+len("$skipToken="):]
	l.refused("a token of another query", l.arm(http.MethodGet, sentinels+"?$skipToken="+token, ""), 400, "BadRequest", "skip token")
}

func TestFaultsOfSentinelLists(t *testing.T) {
	l := newLab(t, emulator.Settings{LooseARMLimits: true})
	l.many(20)
	arm := func(f emulator.Fault) emulator.Fault { f.Service = "arm"; return f }
	l.faults(arm(emulator.Fault{Kind: emulator.FaultTinyPages}), arm(emulator.Fault{Kind: emulator.FaultShuffle}))
	names, pages := l.walkSentinel("$orderby", byModifiedAsc)
	l.equal("tiny and shuffled, all there", []any{len(slices.Compact(sorted(names))), pages >= 7, slices.IsSorted(names)}, []any{20, true, false})
	l.faults(arm(emulator.Fault{Kind: emulator.FaultTinyPages}), arm(emulator.Fault{Kind: emulator.FaultNoNextLink, Rows: 6}))
	names, _ = l.walkSentinel("$orderby", byModifiedAsc)
	if len(names) < 6 || len(names) > 8 {
		t.Errorf("the links should end at 6, got %d", len(names))
	}
	l.faults(arm(emulator.Fault{Kind: emulator.FaultTinyPages}), arm(emulator.Fault{Kind: emulator.FaultForeignNextLink, Host: "evil.example"}), arm(emulator.Fault{Kind: emulator.FaultNextLinkLast}))
	a := l.arm(http.MethodGet, sentinels, "")
	l.contains("a foreign link, last", a.body, `],"nextLink":"https://evil.example/subscriptions/`)
	l.faults(arm(emulator.Fault{Kind: emulator.FaultTinyPages}), arm(emulator.Fault{Kind: emulator.FaultRefuseNextLink}))
	page := l.listSentinel()
	token := page.NextLink[strings.Index(page.NextLink, "$skipToken="):]
	l.refused("links refused", l.arm(http.MethodGet, sentinels+"?"+token, ""), 400, "BadRequest", "no longer valid")
	l.faults(arm(emulator.Fault{Kind: emulator.FaultIgnoreOrderBy}))
	l.equal("newest first", l.listSentinel("$orderby", byModifiedAsc).names()[0], "i019")
	l.faults(arm(emulator.Fault{Kind: emulator.FaultPoison, IDs: []string{"i003"}}))
	l.refused("poisoned list", l.arm(http.MethodGet, sentinels, ""), 500, "InternalServerError", "")
	l.refused("poisoned get", l.arm(http.MethodGet, sentinels+"/i003", ""), 500, "InternalServerError", "")
	l.equal("another", l.getSentinel("i004").Name, "i004")
}

func TestLateIncidentsShowAfterTheirDelay(t *testing.T) {
	l := newLab(t, emulator.Settings{TokenFor: 24 * time.Hour, LooseARMLimits: true})
	l.many(2)
	l.now = l.now.Add(time.Hour)
	l.faults(emulator.Fault{Kind: emulator.FaultLate, Delay: emulator.Duration(time.Minute)})
	s := l.putSentinel("i000", l.getSentinel("i000").Etag, "B", "")
	l.putSentinel("new", "", "N", "")
	page := l.listSentinel("$orderby", byModifiedAsc)
	l.equal("the list is of before", []any{page.names(), page.Value[0].Properties.Title}, []any{[]string{"i000", "i001"}, "A"})
	l.equal("a get is not", l.getSentinel("i000"), s)
	since := []string{"$filter", "properties/lastModifiedTimeUtc ge " + s.Properties.LastModifiedTimeUtc, "$orderby", byModifiedAsc}
	l.equal("the filter sees none", len(l.listSentinel(since...).Value), 0)
	l.now = l.now.Add(time.Minute)
	l.equal("now", l.listSentinel(since...).names(), []string{"i000", "new"})
}

func TestTheListSurvivesManyChanges(t *testing.T) {
	l := newLab(t, emulator.Settings{LooseARMLimits: true})
	l.many(10)
	for round := range 40 {
		name := fmt.Sprintf("i%03d", round*7%10)
		l.putSentinel(name, l.getSentinel(name).Etag, fmt.Sprint(round), "")
		l.now = l.now.Add(time.Duration(round%3) * time.Millisecond)
	}
	page := l.listSentinel("$orderby", byModifiedAsc)
	times := []string{}
	for _, s := range page.Value {
		times = append(times, s.Properties.LastModifiedTimeUtc)
	}
	l.equal("each once", len(slices.Compact(sorted(page.names()))), 10)
	parsed := func(text string) time.Time { at, _ := time.Parse(time.RFC3339Nano, text); return at }
	l.equal("in order", slices.IsSortedFunc(times, func(a, b string) int { return parsed(a).Compare(parsed(b)) }), true)
}
