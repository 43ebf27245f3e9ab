package entity

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// lifelike is a text such as the service sends in a property: names, addresses and
// ids of the shape that the mapping takes apart.
func lifelike(path string, n int) string {
	property := path[strings.LastIndexByte(path, '.')+1:]
	lower := strings.ToLower(property)
	switch {
	case lower == "resourceid":
		return fmt.Sprintf("/subscriptions/%08d-1111-4111-8111-111111111111/resourceGroups/rg%d/providers/Microsoft.Compute/virtualMachines/vm%d", n, n, n)
	case lower == "subscriptionid", lower == "azureaduserid", lower == "azureaddeviceid", lower == "tenantid":
		return fmt.Sprintf("%08d-2222-4222-8222-222222222222", n)
	case lower == "usersid", lower == "sid":
		return fmt.Sprintf("S-1-5-21-1-2-3-%d", n)
	case lower == "userprincipalname", lower == "upn", strings.Contains(lower, "address") && strings.Contains(lower, "mail"),
		lower == "primaryaddress", lower == "recipient", lower == "submitter", lower == "sender", lower == "recipientemailaddress":
		return fmt.Sprintf("Person.%d@mail%d.example", n, n)
	case lower == "hostname", lower == "devicednsname", lower == "accountname" && n%2 == 0:
		return fmt.Sprintf("name%d.dept%d.example", n, n)
	case lower == "domainname", lower == "ntdomain":
		return fmt.Sprintf("DOMAIN%d", n)
	case strings.HasSuffix(lower, "ip"), strings.Contains(lower, "ipaddress"), lower == "ipinterfaces":
		return fmt.Sprintf("10.%d.%d.%d", n>>16, n>>8&255, n&255)
	case strings.HasSuffix(lower, "url"), lower == "devicepagelink":
		return fmt.Sprintf("https://host%d.example/Path/%d?q=<%d>", n, n, n)
	case lower == "sha1", lower == "sha256", lower == "md5", lower == "value":
		return fmt.Sprintf("%064x", n+1)
	case lower == "filepath":
		return fmt.Sprintf(`C:\Users\ÄÖ %d\`, n)
	case lower == "osplatform":
		return fmt.Sprintf("WindowsServer%d", n)
	}
	return fmt.Sprintf("Wert № %d 値", n)
}

// Values of the shapes that are split, unwrapped and derived from are whole in
// the entity that they belong to, in whichever field.
func TestLifelikeValuesAreWholeInTheirEntity(t *testing.T) {
	g, want := readGraphTypes(t), places(t)
	for name := range g.Evidence {
		t.Run(name, func(t *testing.T) {
			s := newSampler(g)
			s.text = lifelike
			text, err := json.Marshal(s.evidence(name, 2))
			require.NoError(t, err)
			entities := mapped(t, string(text))
			requireClosed(t, entities)
			for path, values := range s.values {
				if place, _, _ := strings.Cut(want[path], " -> "); place != want[path] {
					continue // in another entity, as the test of places has it
				}
				typeName, _, _ := strings.Cut(want[path], ".")
				for _, value := range values {
					assert.True(t, anywhere(ofType(entities, typeName), value), "%s = %v is in no %s", path, value, typeName)
				}
			}
		})
	}
}

// anywhere reports a value in one of some entities, at any depth.
func anywhere(v, value any) bool {
	if sameValue(v, value) {
		return true
	}
	switch v := v.(type) {
	case []object:
		for _, o := range v {
			if anywhere(o, value) {
				return true
			}
		}
	case []any:
		for _, item := range v {
			if anywhere(item, value) {
				return true
			}
		}
	case object:
		for _, member := range v {
			if anywhere(member, value) {
				return true
			}
		}
	}
	return false
}
