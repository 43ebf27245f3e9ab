package state

import (
	"encoding/json"
	"errors"
	"fmt"
)

// documentBytesMax bounds a document that is read: cursors have at most 64 gaps
// and a document at most quarantineMax entries, some 100 kB together.
const documentBytesMax = 4 << 20

// Upgrade turns the state of one version into that of the next.
type Upgrade func(json.RawMessage) (json.RawMessage, error)

// Format is a document's present version and the way to it.
type Format struct {
	// Version is what is written, from 1.
	Version int
	// Upgrades[i] turns version i+1 into i+2; Version-1 of them.
	Upgrades []Upgrade
}

// envelope is what is stored.
type envelope struct {
	Version int             `json:"version"`
	State   json.RawMessage `json:"state"`
}

// ErrUnusable is in the error of a document that was set aside.
var ErrUnusable = errors.New("state cannot be used")

// Encode is the document for a value.
func (f Format) Encode(value any) ([]byte, error) {
	state, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("encode state: %w", err)
	}
	return json.Marshal(envelope{Version: f.Version, State: state})
}

// Decode reads a document of this or an older version into value. Its error
// wraps ErrUnusable for a newer version and for anything that does not parse.
func (f Format) Decode(document []byte, value any) error {
	var e envelope
	if len(document) > documentBytesMax {
		return fmt.Errorf("%w: it has %d bytes, at most %d are read", ErrUnusable, len(document), documentBytesMax)
	}
	if err := json.Unmarshal(document, &e); err != nil {
		return fmt.Errorf("%w: it is corrupt: not a state document", ErrUnusable)
	}
	if e.Version > f.Version {
		return fmt.Errorf("%w: its version %d is newer than %d, which this collector writes", ErrUnusable, e.Version, f.Version)
	}
	if e.Version < 1 {
		return fmt.Errorf("%w: it is corrupt: no version", ErrUnusable)
	}
	state := e.State
	for version := e.Version; version < f.Version; version++ {
		var err error
		if state, err = f.Upgrades[version-1](state); err != nil {
			return fmt.Errorf("%w: upgrade from version %d: %w", ErrUnusable, version, err)
		}
	}
	if err := json.Unmarshal(state, value); err != nil {
		return fmt.Errorf("%w: it is corrupt: fields do not parse", ErrUnusable)
	}
	return nil
}
