package emulator_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

// example is a request and its answers as the vendor documents them.
type example struct {
	Request struct {
		Method, Path string
		Body         json.RawMessage
	}
	Responses map[string]struct{ Body json.RawMessage }
}

// vendorSubscription is that of the examples, whose workspace the lab plays.
const vendorWorkspace = "/subscriptions/d0cfe6b2-9ac0-4464-9919-dccaee2e48c0/resourceGroups/myRg/providers/Microsoft.OperationalInsights/workspaces/myWorkspace"

func vendorLab(t *testing.T) *lab {
	t.Helper()
	return newLab(t, emulator.Settings{Workspaces: []emulator.Workspace{{ResourceID: vendorWorkspace}}})
}

// play sends an example's request; its path names the version already.
func (l *lab) play(name string) (example, answer) {
	l.Helper()
	text, err := os.ReadFile("testdata/vendor/" + name)
	if err != nil {
		l.Fatal(err)
	}
	var e example
	if err := json.Unmarshal(text, &e); err != nil {
		l.Fatal(err)
	}
	path := strings.NewReplacer(version, "", "?&", "?", " ", "%20").Replace(e.Request.Path)
	return e, l.arm(e.Request.Method, strings.TrimSuffix(path, "?"), string(e.Request.Body))
}

// alike wants every member of the example in the answer, with a value of the
// same kind, and those that the request wrote with the same value.
func (l *lab) alike(where string, want, got, wrote any) {
	l.Helper()
	switch want := want.(type) {
	case map[string]any:
		got, ok := got.(map[string]any)
		if !ok {
			l.Errorf("%s: want an object, got %v", where, got)
			return
		}
		written, _ := wrote.(map[string]any)
		for name, value := range want {
			member, there := got[name]
			if !there {
				l.Errorf("%s.%s is missing", where, name)
				continue
			}
			l.alike(where+"."+name, value, member, written[name])
		}
	default:
		if wrote != nil {
			l.equal(where, got, wrote)
		} else if got != nil && reflect.TypeOf(want) != reflect.TypeOf(got) {
			l.Errorf("%s: want a %T like %v, got %v", where, want, want, got)
		}
	}
}

func decoded(t *testing.T, text []byte) (value any) {
	t.Helper()
	if err := json.Unmarshal(text, &value); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return value
}

func TestTheVendorsExamplesAreAnsweredAlike(t *testing.T) {
	l := vendorLab(t)
	for i, name := range []string{"sentinel-incident-put.json", "sentinel-comment-put.json"} {
		e, a := l.play(name)
		l.equal(name, a.status, 201)
		wrote, _ := decoded(t, e.Request.Body).(map[string]any)
		delete(wrote, "etag")
		l.alike(name, decoded(t, e.Responses["201"].Body), decoded(t, []byte(a.body)), wrote)
		if _, a = l.play(name); i == 1 {
			l.equal(name+" again", a.status, 200)
			l.alike(name, decoded(t, e.Responses["200"].Body), decoded(t, []byte(a.body)), wrote)
		} else {
			l.refused(name+" again, the etag being the example's", a, 409, "Conflict", "Newer version")
		}
	}
	e, a := l.play("sentinel-incidents-list.json")
	l.equal("list", a.status, 200)
	list := func(text []byte) any {
		values, _ := decoded(t, text).(map[string]any)["value"].([]any)
		if len(values) != 1 {
			t.Fatalf("want one incident in %s", text)
		}
		return values[0]
	}
	l.alike("list", list(e.Responses["200"].Body), list([]byte(a.body)), nil)
	l.equal("id", strings.EqualFold(fmt.Sprint(list([]byte(a.body)).(map[string]any)["id"]), fmt.Sprint(list(e.Responses["200"].Body).(map[string]any)["id"])), true)
	l.equal("deleted", l.arm(http.MethodDelete, vendorWorkspace+"/providers/Microsoft.SecurityInsights/incidents/"+guid, "").status, 200)
}
