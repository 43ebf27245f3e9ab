package emulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
)

// controlSentinel lists the paths of Sentinel's side.
func (e *Emulator) controlSentinel(mux *http.ServeMux) {
	mux.HandleFunc("GET /control/sentinel/workspaces", e.controlWorkspaces)
	mux.HandleFunc("PUT /control/sentinel/workspaces", e.controlPutWorkspaces)
	mux.HandleFunc("GET /control/sentinel/incidents", e.controlSentinels)
	mux.HandleFunc("PUT /control/sentinel/incidents", e.controlPutSentinels)
	mux.HandleFunc("GET /control/sentinel/incidents/{name}", e.controlOneSentinel)
	mux.HandleFunc("POST /control/sentinel/incidents/{name}", e.controlEditSentinel)
	mux.HandleFunc("DELETE /control/sentinel/incidents/{name}", e.controlDeleteSentinel)
}

// controlWorkspace finds the workspace of ?workspace=, and answers what it is
// given returns with the lock held; nil stands for an incident that is not there.
func (e *Emulator) controlWorkspace(w http.ResponseWriter, r *http.Request, do func(*workspace) any) {
	e.mu.Lock()
	ws, err := e.workspaceLocked(r.URL.Query().Get("workspace"))
	var body any
	if err == nil {
		if body = do(ws); body == nil {
			err = noSentinel(r.PathValue("name"))
		}
	}
	e.mu.Unlock()
	if !refuseSentinel(w, err) {
		reply(w, http.StatusOK, body)
	}
}

func (e *Emulator) controlWorkspaces(w http.ResponseWriter, _ *http.Request) {
	reply(w, http.StatusOK, map[string]any{"value": e.Workspaces()})
}

// Workspaces returns the workspaces as they stand, the usual one first.
func (e *Emulator) Workspaces() []Workspace {
	e.mu.Lock()
	defer e.mu.Unlock()
	found := []Workspace{}
	for _, w := range e.workspaces.order {
		found = append(found, w.Workspace)
	}
	return found
}

// PutWorkspaces adds workspaces or changes tenant and state of known ones, all
// or, on error, none. A reset goes back to those of the settings.
func (e *Emulator) PutWorkspaces(given ...Workspace) error {
	if len(given) == 0 {
		return nil
	}
	checked, err := checkWorkspaces(given)
	if err != nil {
		return fmt.Errorf("put workspaces: %w", err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, w := range checked {
		e.workspaces.put(w)
	}
	return nil
}

func (e *Emulator) controlPutWorkspaces(w http.ResponseWriter, r *http.Request) {
	var given []Workspace
	err := eachIncident(http.MaxBytesReader(w, r.Body, planMax), func(text []byte) error {
		var one Workspace
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.DisallowUnknownFields()
		err := decoder.Decode(&one)
		given = append(given, one)
		return err
	})
	if err == nil {
		err = e.PutWorkspaces(given...)
	}
	if err != nil {
		refuseControl(w, http.StatusBadRequest, "%v", err)
		return
	}
	e.controlWorkspaces(w, r)
}

// controlled is an incident as the control interface shows it: ARM's document
// and what hangs on it.
func (i *sentinelIncident) controlled(w *workspace) json.RawMessage {
	comments, relations, alerts := []armResource{}, []armResource{}, []armResource{}
	for _, c := range i.comments {
		comments = append(comments, c.resource(w, i.name))
	}
	for _, r := range i.relations {
		relations, alerts = append(relations, r.resource(w, i.name)), append(alerts, r.alert.resource(w))
	}
	text := bytes.TrimSuffix(i.write(w, "incidents"), []byte("}"))
	rest := bytes.TrimPrefix(plainJSON(struct {
		Comments  []armResource `json:"comments"`
		Relations []armResource `json:"relations"`
		Alerts    []armResource `json:"alerts"`
	}{comments, relations, alerts}), []byte("{"))
	return slices.Concat(text, []byte(","), rest)
}

func (e *Emulator) controlSentinels(w http.ResponseWriter, r *http.Request) {
	e.controlWorkspace(w, r, func(ws *workspace) any {
		all := []json.RawMessage{}
		for _, i := range ws.index.newestFirst() {
			all = append(all, i.controlled(ws))
		}
		return map[string]any{"value": all}
	})
}

func (e *Emulator) controlOneSentinel(w http.ResponseWriter, r *http.Request) {
	e.controlWorkspace(w, r, func(ws *workspace) any {
		if i := ws.find(r.PathValue("name")); i != nil {
			return i.controlled(ws)
		}
		return nil
	})
}

func (e *Emulator) controlDeleteSentinel(w http.ResponseWriter, r *http.Request) {
	e.controlWorkspace(w, r, func(ws *workspace) any {
		if !e.removeLocked(ws, r.PathValue("name"), analyst(r.URL.Query().Get("by"))) {
			return nil
		}
		return map[string]string{"status": "deleted"}
	})
}

func (e *Emulator) controlPutSentinels(w http.ResponseWriter, r *http.Request) {
	names, err := e.PutSentinel(r.URL.Query().Get("workspace"), r.URL.Query().Get("by"), http.MaxBytesReader(w, r.Body, putMax))
	if !refuseSentinel(w, err) {
		reply(w, http.StatusOK, map[string]any{"incidents": len(names), "names": names})
	}
}

func (e *Emulator) controlEditSentinel(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, planMax))
	if err == nil {
		err = e.EditSentinel(r.URL.Query().Get("workspace"), r.PathValue("name"), r.URL.Query().Get("by"), text)
	}
	if !refuseSentinel(w, err) {
		e.controlOneSentinel(w, r)
	}
}

// refuseSentinel answers an error; nil is none.
func refuseSentinel(w http.ResponseWriter, err error) bool {
	if err == nil {
		return false
	}
	status := http.StatusBadRequest
	var bad *armRefusal
	if errors.As(err, &bad) {
		status = bad.status
	}
	refuseControl(w, status, "%v", err)
	return true
}
