package emulator_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

const (
	armScope  = "https://management.azure.com/.default"
	insights  = emulator.DefaultWorkspace + "/providers/Microsoft.SecurityInsights"
	sentinels = insights + "/incidents"
	version   = "api-version=2025-09-01"
)

// arm asks ARM as the usual workspace's tenant; a body makes it JSON.
func (l *lab) arm(method, target, body string) answer {
	l.Helper()
	return l.armAs(emulator.DefaultWorkspaceTenant, method, target, body)
}

func (l *lab) armAs(tenant, method, target, body string) answer {
	l.Helper()
	separator := "?"
	if strings.Contains(target, "?") {
		separator = "&"
	}
	header := http.Header{"Authorization": {"Bearer " + l.token(tenant, armScope)}}
	if body != "" {
		header.Set("Content-Type", "application/json")
	}
	return l.do(l.e.Handler(), method, target+separator+version, header, strings.NewReader(body))
}

// sentinel is an incident as ARM shows it.
type sentinel struct {
	ID, Name, Etag, Type string
	Properties           struct {
		Title, Description, Severity, Status                        string
		Classification, ClassificationReason, ClassificationComment string
		FirstActivityTimeUtc, LastActivityTimeUtc                   string
		CreatedTimeUtc, LastModifiedTimeUtc, IncidentURL            string
		ProviderName, ProviderIncidentID                            string
		IncidentNumber                                              int
		Labels                                                      []struct{ LabelName, LabelType string }
		Owner                                                       struct{ ObjectID, Email, AssignedTo, UserPrincipalName, OwnerType *string }
		AdditionalData                                              struct {
			AlertsCount, CommentsCount, BookmarksCount int
			AlertProductNames, Tactics                 []string
			ProviderIncidentURL                        string
		}
	}
}

// text is a minimal body of a PUT; more is appended to its properties.
func putText(etag, title, more string) string {
	if etag != "" {
		etag = fmt.Sprintf("%q:%q,", "etag", etag)
	}
	return fmt.Sprintf(`{%s"properties":{"title":%q,"severity":"High","status":"New"%s}}`, etag, title, more)
}

// putSentinel writes an incident and returns what the answer says.
func (l *lab) putSentinel(name, etag, title, more string) sentinel {
	l.Helper()
	a := l.arm(http.MethodPut, sentinels+"/"+name, putText(etag, title, more))
	if a.status != http.StatusOK && a.status != http.StatusCreated {
		l.Fatalf("PUT %s: %d %s %v", name, a.status, a.body, a.err)
	}
	return l.sentinel(a)
}

func (l *lab) sentinel(a answer) sentinel {
	l.Helper()
	var s sentinel
	if err := json.Unmarshal([]byte(a.body), &s); err != nil {
		l.Fatalf("%v in %d %s", err, a.status, a.body)
	}
	return s
}

func (l *lab) getSentinel(name string) sentinel {
	l.Helper()
	a := l.arm(http.MethodGet, sentinels+"/"+name, "")
	if a.status != http.StatusOK {
		l.Fatalf("GET %s: %d %s", name, a.status, a.body)
	}
	return l.sentinel(a)
}

// sentinelList is a list answer taken apart.
type sentinelList struct {
	Value    []sentinel
	NextLink string
}

func (p sentinelList) names() []string {
	names := []string{}
	for _, s := range p.Value {
		names = append(names, s.Name)
	}
	return names
}

// listSentinel asks for one page; options are pairs of names and values.
func (l *lab) listSentinel(options ...string) sentinelList {
	l.Helper()
	values := url.Values{}
	for i := 0; i < len(options); i += 2 {
		values.Set(options[i], options[i+1])
	}
	return l.sentinelPage(sentinels + "?" + values.Encode())
}

func (l *lab) sentinelPage(target string) sentinelList {
	l.Helper()
	a := l.arm(http.MethodGet, target, "")
	var page sentinelList
	if err := json.Unmarshal([]byte(a.body), &page); err != nil || a.status != http.StatusOK {
		l.Fatalf("GET %s: %d %s %v", target, a.status, a.body, a.err)
	}
	return page
}

// walkSentinel follows next links to the end, escaping them as a client must.
func (l *lab) walkSentinel(options ...string) (names []string, pages int) {
	l.Helper()
	page := l.listSentinel(options...)
	for {
		names = append(names, page.names()...)
		if pages++; page.NextLink == "" || pages > 1000 {
			return names, pages
		}
		path, query, _ := strings.Cut(strings.TrimPrefix(page.NextLink, base), "?")
		query = strings.ReplaceAll(strings.ReplaceAll(query, " ", "%20"), "&"+version, "")
		page = l.sentinelPage(path + "?" + strings.TrimPrefix(strings.ReplaceAll(query, version, ""), "&"))
	}
}

// refused wants an ARM error.
func (l *lab) refused(what string, a answer, status int, code, message string) {
	l.Helper()
	var body struct {
		Error struct{ Code, Message string }
	}
	_ = json.Unmarshal([]byte(a.body), &body)
	l.equal(what, []any{a.status, body.Error.Code, strings.Contains(body.Error.Message, message)}, []any{status, code, true})
	if l.Failed() && !strings.Contains(body.Error.Message, message) {
		l.Logf("want %q in %s", message, a.body)
	}
}
