package emulator_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

func filter(text string) string { return incidents + "?$filter=" + url.QueryEscape(text) }

func TestListFilters(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	l.put(`[
	 {"id":"1","lastUpdateDateTime":"2026-01-01T00:00:00Z","createdDateTime":"2025-12-01T00:00:00Z","severity":"low","status":"active","assignedTo":null,"classification":null,"determination":"unknown"},
	 {"id":"2","lastUpdateDateTime":"2026-01-01T00:00:00.1234567Z","createdDateTime":"2025-12-02T00:00:00Z","severity":"high","status":"resolved","assignedTo":"o'neil@contoso.com","classification":"truePositive","determination":"malware"},
	 {"id":"3","lastUpdateDateTime":"2026-01-02T00:00:00Z","createdDateTime":"2025-12-03T00:00:00Z","severity":"medium","status":"awaitingAction","assignedTo":"ann@contoso.com","classification":"falsePositive","determination":"other"}]`)
	for text, want := range map[string][]string{
		"lastUpdateDateTime ge 2026-01-01T00:00:00.1234567Z":                                        {"2", "3"},
		"lastUpdateDateTime gt 2026-01-01T00:00:00.1234567Z":                                        {"3"},
		"lastUpdateDateTime lt 2026-01-01T00:00:00.1234567Z":                                        {"1"},
		"lastUpdateDateTime le 2026-01-01T00:00:00.1234567Z":                                        {"1", "2"},
		"lastUpdateDateTime eq 2026-01-01T02:00:00.1234567+02:00":                                   {"2"},
		"lastUpdateDateTime ne 2026-01-01T00:00:00Z":                                                {"2", "3"},
		"createdDateTime ge 2025-12-02T00:00:00Z and createdDateTime lt 2025-12-03T00:00:00Z":       {"2"},
		"severity eq 'low' or severity eq 'high'":                                                   {"1", "2"},
		"severity eq 'low' or severity eq 'high' and status eq 'active'":                            {"1"},
		"(severity eq 'low' or severity eq 'high') and status eq 'resolved'":                        {"2"},
		"((severity ne 'low'))":                                                                     {"2", "3"},
		"assignedTo eq null":                                                                        {"1"},
		"assignedTo ne null":                                                                        {"2", "3"},
		"assignedTo eq 'o''neil@contoso.com'":                                                       {"2"},
		"classification eq 'truePositive'":                                                          {"2"},
		"classification ne 'truePositive'":                                                          {"1", "3"},
		"determination eq 'other'":                                                                  {"3"},
		"status eq 'awaitingAction'":                                                                {"3"},
		"lastUpdateDateTime gt 2026-01-01T00:00:00Z and lastUpdateDateTime lt 2026-01-02T00:00:00Z": {"2"},
	} {
		l.equal(text, sorted(l.list(filter(text)).ids()), want)
	}
}

func TestListRefusesWhatGraphRefuses(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	for target, part := range map[string]string{
		incidents + "?$top=51":                                        "The limit of '50' for Top query has been exceeded. The value from the incoming request is '51'.",
		incidents + "?$top=1000":                                      "'1000'",
		incidents + "?$top=0":                                         "$top",
		incidents + "?$top=ten":                                       "$top",
		incidents + "?$skip=-1":                                       "$skip",
		incidents + "?$count=yes":                                     "$count",
		incidents + "?$expand=comments":                               "comments",
		incidents + "?$expand=alerts($select=id)":                     "expand",
		incidents + "?$orderby=displayName":                           "$orderby",
		incidents + "?$orderby=createdDateTime%20up":                  "$orderby",
		incidents + "?$select=id":                                     "$select",
		incidents + "?$search=x":                                      "$search",
		incidents + "?$top=1&$top=2":                                  "more than once",
		incidents + "?$filter=%zz":                                    "not well formed",
		alerts + "?$expand=alerts":                                    "expand",
		filter("displayName eq 'x'"):                                  "displayName",
		filter("serviceSource eq 'microsoft365Defender'"):             "serviceSource",
		filter("severity eq low"):                                     "single quotes",
		filter("severity eq 'Low'"):                                   "enumeration",
		filter("severity gt 'low'"):                                   "not supported",
		filter("assignedTo gt 'a'"):                                   "not supported",
		filter("lastUpdateDateTime ge '2026-01-02T00:00:00Z'"):        "bare",
		filter("lastUpdateDateTime ge 2026-01-02"):                    "date-time",
		filter("lastUpdateDateTime ge 2026-01-02T00:00:00.12345678Z"): "fractional digits",
		filter("lastUpdateDateTime gt null"):                          "not supported",
		filter("lastUpdateDateTime has 'x'"):                          "not supported",
		filter("not severity eq 'low'"):                               "not supported",
		filter("severity in ('low')"):                                 "not supported",
		filter("contains(assignedTo,'a')"):                            "contains",
		filter(""):                                                    "missing",
		filter("severity eq"):                                         "incomplete",
		filter("severity eq 'low' and"):                               "missing",
		filter("(severity eq 'low'"):                                  "parenthesis",
		filter("severity eq 'low')"):                                  "follows",
		filter("severity eq 'low"):                                    "unterminated",
		filter(strings.Repeat("(", 100) + "severity eq 'low'" + strings.Repeat(")", 100)): "deep",
		filter("assignedTo eq '" + strings.Repeat("x", 5000) + "'"):                       "characters",
		alerts + "?$filter=" + url.QueryEscape("incidentId eq '1'"):                       "incidentId",
		alerts + "?$filter=" + url.QueryEscape("investigationState eq 'queued'"):          "investigationState",
	} {
		a := l.get(target)
		l.equal("status of "+target, a.status, 400)
		l.contains("body of "+target, a.body, `"error":{"code":`, `"innerError":{`, `"request-id":"`+a.header.Get("request-id"))
		if !strings.Contains(a.body, part) {
			t.Errorf("%s: want %q in %s", target, part, a.body)
		}
	}
	for _, q := range []string{"$top=51", "$top=100"} {
		l.contains("code of a too large page is empty", l.get(incidents+"?"+q).body, `"code":""`)
	}
}

func TestAlertsFilterByEightProperties(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	l.put(`{"id":"7","alerts":[
	 {"id":"a","lastUpdateDateTime":"2026-01-01T00:00:00Z","createdDateTime":"2025-12-01T00:00:00Z","severity":"low","status":"new","serviceSource":"microsoftSentinel","assignedTo":"ann","classification":"truePositive","determination":"apt"},
	 {"id":"b","lastUpdateDateTime":"2026-01-01T00:00:01Z","createdDateTime":"2025-12-02T00:00:00Z","severity":"high","status":"resolved","serviceSource":"dataLossPrevention","assignedTo":null,"classification":null,"determination":null}]}`)
	for text, want := range map[string]string{
		"severity eq 'low'": "a", "status eq 'resolved'": "b", "serviceSource eq 'microsoftSentinel'": "a", "assignedTo eq null": "b",
		"classification eq 'truePositive'": "a", "determination eq 'apt'": "a", "createdDateTime gt 2025-12-01T00:00:00Z": "b",
		"lastUpdateDateTime ge 2026-01-01T00:00:01Z": "b",
	} {
		l.equal(text, l.list(alerts+"?$filter="+url.QueryEscape(text)).ids(), []string{want})
	}
}

// fill puts n incidents in, the newest with the highest id, one alert each.
func fill(l *lab, n int) {
	var documents []string
	for i := 1; i <= n; i++ {
		at := l.now.Add(time.Duration(i-n) * time.Second).Format(time.RFC3339Nano)
		documents = append(documents, fmt.Sprintf(
			`{"id":"%d","lastUpdateDateTime":%q,"createdDateTime":%q,"alerts":[{"id":"a%d","lastUpdateDateTime":%q}]}`,
			i, at, l.now.Add(time.Duration(-i)*time.Second).Format(time.RFC3339Nano), i, at))
	}
	l.put("[" + strings.Join(documents, ",") + "]")
}

func numbers(from, to, step int) []string {
	var ids []string
	for i := from; i != to+step; i += step {
		ids = append(ids, fmt.Sprint(i))
	}
	return ids
}

func TestListPagesNewestFirstAndLinksWithSkip(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	fill(l, 120)
	first := l.list(incidents)
	l.equal("default page", len(first.Value), 50)
	l.equal("next link", first.Next, base+incidents+"?$skip=50")
	ids, pages := l.walk(incidents)
	l.equal("newest first, each once", ids, numbers(120, 1, -1))
	l.equal("pages", pages, 3)

	page := l.list(incidents + "?$top=7&$skip=3&$count=true")
	l.equal("rows of $top after $skip", page.ids(), numbers(117, 111, -1))
	l.equal("next link keeps the options", page.Next, base+incidents+"?$count=true&$top=7&$skip=10")
	l.equal("count is of all pages", *page.Count, 120)
	if l.list(incidents).Count != nil {
		t.Error("a count nobody asked for")
	}
	l.equal("past the end", len(l.list(incidents+"?$skip=500").Value), 0)
	l.equal("a page that ends with the list has no link", l.list(incidents+"?$skip=70").Next, "")
	l.equal("past the end there is no link", l.list(incidents+"?$skip=120").Next, "")

	target := filter("lastUpdateDateTime ge "+l.now.Add(-9*time.Second).Format(time.RFC3339)) + "&$top=4"
	ids, pages = l.walk(target)
	l.equal("filtered", ids, numbers(120, 111, -1))
	l.equal("pages of the filtered", pages, 3)
}

func TestDefaultPageSizeCanBeChosen(t *testing.T) {
	l := newLab(t, emulator.Settings{PageSize: 5})
	fill(l, 12)
	l.equal("rows", len(l.list(incidents).Value), 5)
	l.equal("rows asked for", len(l.list(incidents+"?$top=9").Value), 9)
}

func TestOrderBy(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	fill(l, 5)
	for order, want := range map[string][]string{
		"lastUpdateDateTime": numbers(1, 5, 1), "lastUpdateDateTime asc": numbers(1, 5, 1), "lastUpdateDateTime desc": numbers(5, 1, -1),
		"createdDateTime asc": numbers(5, 1, -1), "createdDateTime desc": numbers(1, 5, 1),
	} {
		l.equal(order, l.list(incidents+"?$orderby="+url.QueryEscape(order)).ids(), want)
	}
	l.faults(emulator.Fault{Kind: emulator.FaultIgnoreOrderBy})
	l.equal("ignored", l.list(incidents+"?$orderby=lastUpdateDateTime").ids(), numbers(5, 1, -1))
}

func TestAlertPageIsCutAtAThousandNotRefused(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	fill(l, 1005)
	page := l.list(alerts + "?$top=5000")
	l.equal("rows", len(page.Value), 1000)
	l.equal("next link", page.Next, base+alerts+"?$top=5000&$skip=1000")
	l.equal("rest", len(l.list(page.Next).Value), 5)
	l.equal("newest first", page.ids()[:2], []string{"a1005", "a1004"})
	l.equal("context", page.Context, base+"/v1.0/$metadata#security/alerts_v2")
}

func TestTiesStandInOneOrderAcrossPages(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	for i := range 20 {
		l.incident(fmt.Sprint(i+1), 0, "")
	}
	ids, _ := l.walk(incidents + "?$top=3")
	l.equal("each once", len(slices.Compact(sorted(ids))), 20)
	again, _ := l.walk(incidents + "?$top=7")
	l.equal("the same order on other pages", again, ids)
}

func TestTenantsSeeOnlyTheirOwn(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	other := "00000000-0000-4000-8000-00000000000b"
	l.incident("1", 0, `,"alerts":[{"id":"a1"}]`)
	l.equal("put as the other", l.control("PUT", "/control/defender/incidents?tenant="+strings.ToUpper(other), `{"id":"2"}`).status, 200)
	l.equal("own", l.list(incidents).ids(), []string{"1"})
	l.contains("other's list", l.getAs(other, incidents).body, `"id":"2"`)
	l.equal("other's incident by id", l.get(incidents+"/2").status, 404)
	l.equal("own incident as the other", l.getAs(other, incidents+"/1").status, 404)
	l.equal("own alert as the other", l.getAs(other, alerts+"/a1").status, 404)
}
