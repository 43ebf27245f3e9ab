package emulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator/rawjson"
)

// putMax bounds the text of one put: a day's load of test documents, in memory
// of a developer's machine.
const putMax = 1 << 30

func (e *Emulator) controlPut(w http.ResponseWriter, r *http.Request) {
	tenantID, ok := controlTenant(w, r)
	if !ok {
		return
	}
	did, err := e.Put(tenantID, http.MaxBytesReader(w, r.Body, putMax))
	if err != nil {
		refuseControl(w, http.StatusBadRequest, "%v", err)
		return
	}
	reply(w, http.StatusOK, did)
}

// Put stores one Graph incident with its alerts, an array of them, or a Graph
// list answer, as given: unknown members, numbers as written, members in their
// order. All are stored or, on error, none. Left out is only @odata.context of
// an object; added only lastUpdateDateTime of an incident that has none.
//
// Content equal to what is stored is no change. An alert that is missing from a
// later put of its incident stays.
func (e *Emulator) Put(tenantID string, from io.Reader) (Stored, error) {
	var bundles []bundle
	now := e.settings.Now()
	err := eachIncident(from, func(text []byte) error {
		b, err := parseBundle(text, now)
		bundles = append(bundles, b)
		return err
	})
	if err != nil {
		return Stored{}, fmt.Errorf("put incidents: %w", err)
	}
	return e.store(tenantID, bundles), nil
}

// eachIncident finds the incidents in any of the three forms, one at a time,
// so that a list of a hundred megabytes is not held twice.
func eachIncident(from io.Reader, take func(text []byte) error) error {
	decoder := json.NewDecoder(from)
	first, err := decoder.Token()
	if err != nil {
		return fmt.Errorf("want an incident or a list of them: %w", err)
	}
	switch first {
	case json.Delim('['):
		err = eachElement(decoder, take)
	case json.Delim('{'):
		err = listOrSingle(decoder, take)
	default:
		err = fmt.Errorf("want an incident or a list of them, got %v", first)
	}
	if err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the document")
	}
	return nil
}

// eachElement reads the rest of an array whose bracket was read.
func eachElement(decoder *json.Decoder, take func([]byte) error) error {
	for decoder.More() {
		var text json.RawMessage
		if err := decoder.Decode(&text); err != nil {
			return err
		}
		if err := take(text); err != nil {
			return err
		}
	}
	_, err := decoder.Token()
	return err
}

// listOrSingle reads the rest of an object whose brace was read: a list answer
// if "value" comes before any "id", else one incident.
func listOrSingle(decoder *json.Decoder, take func([]byte) error) error {
	single := []byte{'{'}
	isList, isSingle := false, false
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return err
		}
		key, _ := token.(string)
		if isSingle = isSingle || key == "id"; key == "value" && !isSingle {
			isList = true
			if bracket, err := decoder.Token(); err != nil || bracket != json.Delim('[') {
				return errors.Join(err, errors.New("\"value\" must be an array of incidents"))
			}
			if err := eachElement(decoder, take); err != nil {
				return err
			}
			continue
		}
		var text json.RawMessage
		if err := decoder.Decode(&text); err != nil {
			return err
		}
		if len(single) > 1 {
			single = append(single, ',')
		}
		single = append(append(append(single, rawjson.Quote(key)...), ':'), text...)
	}
	if _, err := decoder.Token(); err != nil {
		return err
	}
	if isList {
		return nil
	}
	return take(append(single, '}'))
}

// parseBundle takes an incident and its alerts apart.
func parseBundle(text []byte, now time.Time) (bundle, error) {
	compact, err := rawjson.Compact(text)
	if err != nil {
		return bundle{}, err
	}
	incident, err := parseDocument(compact, now, true)
	if err != nil {
		return bundle{}, fmt.Errorf("incident: %w", err)
	}
	b := bundle{incident: incident}
	members, err := rawjson.Object(compact)
	if err != nil {
		return bundle{}, err
	}
	for _, m := range members {
		if m.Name != "alerts" || rawjson.IsNull(m.Value) {
			continue
		}
		if err := b.addAlerts(m.Value, now); err != nil {
			return bundle{}, fmt.Errorf("incident %q: %w", incident.id, err)
		}
	}
	return b, nil
}

func (b *bundle) addAlerts(text []byte, now time.Time) error {
	alerts, err := rawjson.Array(text)
	if err != nil {
		return fmt.Errorf("\"alerts\": %w", err)
	}
	for i, text := range alerts {
		alert, err := parseDocument(text, now, false)
		if err != nil {
			return fmt.Errorf("alert %d: %w", i, err)
		}
		b.alerts = append(b.alerts, alert)
	}
	return nil
}
