package emulator

import (
	"fmt"
	"io"
	"net/http"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator/rawjson"
)

// SentinelAnalyst is who edits Sentinel incidents when nobody is named.
const SentinelAnalyst = "analyst@provider.com"

func analyst(by string) writer {
	if by == "" {
		by = SentinelAnalyst
	}
	return personWriter(by)
}

// workspaceLocked finds a workspace by resource id or name, the first for "",
// and lets it catch up with the time.
func (e *Emulator) workspaceLocked(id string) (*workspace, error) {
	w := e.workspaces.find(id)
	if w == nil {
		return nil, &armRefusal{http.StatusNotFound, "", fmt.Sprintf("no workspace %q, see /control/sentinel/workspaces", id)}
	}
	e.catchUpLocked(w)
	return w, nil
}

func noSentinel(name string) error {
	return &armRefusal{http.StatusNotFound, "", fmt.Sprintf("no incident %q in the workspace", name)}
}

// PutSentinel stores one ARM incident, an array of them, or a list answer, in a
// workspace (resource id or name, "" = the first) as if somebody had made them:
// a name is kept or made up, times and number are new, title is wanted, severity
// and status are Medium and New when left out. An incident that is there is
// replaced, whatever its etag. All are stored or, on error, none; by "" =
// [SentinelAnalyst].
func (e *Emulator) PutSentinel(workspace, by string, from io.Reader) (names []string, err error) {
	var edits []sentinelEdit
	err = eachIncident(from, func(text []byte) error {
		edit, err := parseSentinelEdit(text)
		if err == nil {
			err = edit.complete(nil)
		}
		edits = append(edits, edit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("put incident %d: %w", len(edits), err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	w, err := e.workspaceLocked(workspace)
	if err != nil {
		return nil, err
	}
	names = []string{}
	for _, edit := range edits {
		names = append(names, e.madeLocked(w, edit, analyst(by)))
	}
	return names, nil
}

// EditSentinel changes a Sentinel incident as a person in its portal would:
// change is a partial ARM incident, or the flat members of its properties, of
// which only those given are set; {"comments": [{"message": "…"}]} and
// {"comment": "…"} add comments. A classification without a reason gets the
// first that fits. The error says what is wrong, and nothing is changed then.
func (e *Emulator) EditSentinel(workspace, name, by string, change []byte) error {
	text, err := rawjson.Compact(change)
	if err != nil {
		return fmt.Errorf("edit incident %q: %w", name, err)
	}
	edit, err := parseSentinelEdit(text)
	if err != nil {
		return fmt.Errorf("edit incident %q: %w", name, err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	w, err := e.workspaceLocked(workspace)
	if err != nil {
		return err
	}
	i := w.find(name)
	if i == nil {
		return noSentinel(name)
	}
	if err := edit.complete(i); err != nil {
		return fmt.Errorf("edit incident %q: %w", name, err)
	}
	e.editedLocked(w, i.name, edit, analyst(by))
	return nil
}

// madeLocked stores an incident as if somebody had made it, and returns its name.
func (e *Emulator) madeLocked(w *workspace, edit sentinelEdit, by writer) string {
	name := edit.name
	if name == "" {
		name = guidOf(e.settings.Seed, e.revision+1, "made", w.ResourceID)
	}
	i := e.storeLocked(w, name, edit.fields, by)
	if p := edit.provider; p.ProviderName != "" {
		i.providerName, i.properties = p.ProviderName, nil // nobody has seen this revision yet
		i.providerID, i.providerURL = p.ProviderIncidentID, p.AdditionalData.ProviderIncidentURL
	}
	e.commentedLocked(w, i.name, edit.comments, by)
	return i.name
}

// editedLocked changes an incident as a person does.
func (e *Emulator) editedLocked(w *workspace, name string, edit sentinelEdit, by writer) {
	if len(edit.given) > 0 || len(edit.comments) == 0 {
		e.storeLocked(w, name, edit.fields, by)
	}
	e.commentedLocked(w, name, edit.comments, by)
}

// commentedLocked adds a person's comments, as far as there is room.
func (e *Emulator) commentedLocked(w *workspace, name string, comments []string, by writer) {
	person := personOf(by.by)
	author := sentinelAuthor{ObjectID: *person.ObjectID, Email: person.Email, UserPrincipalName: person.UserPrincipalName, Name: *person.AssignedTo}
	for _, message := range comments {
		fresh := sentinelComment{name: guidOf(e.settings.Seed, e.revision+1, "comment"), message: message, author: author}
		if _, _, bad := e.commentLocked(w, w.find(name), fresh, by); bad != nil {
			return
		}
	}
}
