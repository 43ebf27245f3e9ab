package emulator

import (
	"encoding/json"
	"strings"
	"testing"
)

func FuzzEntitiesNeverPanic(f *testing.F) {
	f.Add(`[{"$id":"2","Type":"host","HostName":"x"},{"$ref":"2"},{"Type":"process","ProcessId":"1","Host":{"$ref":"3"}}]`)
	f.Add(`[{"Type":"file","Name":"x","FileHashes":[1,null,{"Type":"filehash","Value":[]}]}]`)
	f.Add(`[` + strings.Repeat(`{"Type":"process","ProcessId":"1","ParentProcess":`, 100) + `1` + strings.Repeat(`}`, 100) + `]`)
	w := newWorkspace(Workspace{ResourceID: DefaultWorkspace})
	kinds := entityKinds()
	f.Fuzz(func(t *testing.T, text string) {
		r := entityReader{workspace: w, kinds: kinds, found: map[string]armResource{}}
		r.alert(text)
		if len(r.order) != len(r.found) {
			t.Errorf("%d in order, %d found", len(r.order), len(r.found))
		}
		for _, entity := range r.found {
			if !json.Valid(entity.Properties) || entity.Kind == "" {
				t.Errorf("%+v", entity)
			}
		}
	})
}
