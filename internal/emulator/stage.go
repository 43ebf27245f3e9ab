package emulator

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// notesMax bounds the notes that are kept.
const notesMax = 1000

// Note is one plain line about what happened in a scenario.
type Note struct {
	Seq  uint64    `json:"seq"` // from 1; given when it is added
	Time time.Time `json:"time"`
	Text string    `json:"text"`
	Side Side      `json:"side,omitempty"` // where a person worked; "" = the service itself
	By   string    `json:"by,omitempty"`   // the person
}

// stage is where a scenario is played: its notes, and whether it may go on. It
// outlives a reset, since the scenario does.
type stage struct {
	notes   []Note        // the newest notesMax
	seq     uint64        // of the newest note
	resumed chan struct{} // closed when the pause ends; nil = no pause
}

// Note adds a line about what happened.
func (e *Emulator) Note(text string) { e.AddNote(Note{Text: text}) }

// AddNote adds a line about what somebody did; its number and time are given
// here.
func (e *Emulator) AddNote(note Note) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.stage.seq++
	if len(e.stage.notes) == notesMax {
		e.stage.notes = append(e.stage.notes[:0:0], e.stage.notes[1:]...)
	}
	note.Seq, note.Time = e.stage.seq, e.settings.Now()
	e.stage.notes = append(e.stage.notes, note)
}

// Notes returns the kept lines numbered above since, oldest first.
func (e *Emulator) Notes(since uint64) []Note {
	e.mu.Lock()
	defer e.mu.Unlock()
	notes := []Note{}
	for _, note := range e.stage.notes {
		if note.Seq > since {
			notes = append(notes, note)
		}
	}
	return notes
}

// SetPaused holds back whoever asks [Emulator.Playing], or lets them go on.
func (e *Emulator) SetPaused(paused bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case paused && e.stage.resumed == nil:
		e.stage.resumed = make(chan struct{})
	case !paused && e.stage.resumed != nil:
		close(e.stage.resumed)
		e.stage.resumed = nil
	}
}

// Playing returns at once, or when a pause ends, or with the context's error.
func (e *Emulator) Playing(ctx context.Context) error {
	for {
		e.mu.Lock()
		resumed := e.stage.resumed
		e.mu.Unlock()
		if resumed == nil {
			return ctx.Err()
		}
		select {
		case <-resumed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (e *Emulator) controlScenario(w http.ResponseWriter, r *http.Request) {
	var wish struct {
		Paused *bool `json:"paused"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, planMax)).Decode(&wish); err != nil || wish.Paused == nil {
		refuseControl(w, http.StatusBadRequest, "want {\"paused\": true} or {\"paused\": false}")
		return
	}
	e.SetPaused(*wish.Paused)
	reply(w, http.StatusOK, map[string]bool{"paused": *wish.Paused})
}

func (e *Emulator) controlNotes(w http.ResponseWriter, r *http.Request) {
	since, ok := controlSince(w, r)
	if ok {
		reply(w, http.StatusOK, e.Notes(since))
	}
}

// controlSince reads ?since=, 0 when absent; ok is false when it was answered.
func controlSince(w http.ResponseWriter, r *http.Request) (since uint64, ok bool) {
	text := r.URL.Query().Get("since")
	if text == "" {
		return 0, true
	}
	since, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		refuseControl(w, http.StatusBadRequest, "\"since\" must be a number that counts from 1, got %q", text)
	}
	return since, err == nil
}
