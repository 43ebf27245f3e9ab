package sentinel

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// BodyBytesMax is the longest body that ARM takes.
// Source: Azure Resource Manager request limits, read 2026-11.
const BodyBytesMax = 4 << 20

// Change is what a PUT is to change.
type Change struct {
	// Values are the fields to set, in Sentinel's words; every other field
	// keeps what it has.
	Values map[incident.Field]incident.Value
	// Labels are labels of ours that the incident is to carry: the link's and,
	// of a merged incident, incident.RedirectedLabel. Others of ours stay.
	Labels []string
	// ClassificationComment is set unless it is empty.
	ClassificationComment string
	// FirstActivity and LastActivity are set unless they are zero.
	FirstActivity, LastActivity time.Time
}

// IncidentBody is the body of a PUT. current is the incident as it was read, an
// answer's text; nil creates one. The current etag goes with it, so that the
// service refuses the body if the incident was written since.
//
// What the change does not name is kept as it stands. A person's tags are
// replaced where they change; our labels, and those that Sentinel assigned by
// itself, stay. A person's tag that looks like a label of ours is not written:
// it would claim a link. Nobody as owner leaves the member out, which resets it.
// An incident is closed with a classification: Undetermined when there is no
// verdict.
//
// It errs for what the service would refuse, naming the member and never its
// value: a word it does not know, a classification with another's reason, an
// empty title, a missing status or severity, a description over 5000
// characters, a current incident without etag or that cannot be read.
//
// Source: Microsoft.SecurityInsights 2025-09-01, create or update incident;
// azure-powershell issue 29130 (what is left out is reset); read 2026-11.
func IncidentBody(current []byte, change Change) ([]byte, error) {
	b := body{change: change, members: map[string]json.RawMessage{}}
	err := b.read(current)
	if err == nil {
		err = b.apply()
	}
	if err != nil {
		return nil, fmt.Errorf("write incident: %w", err)
	}
	return b.encode()
}

// body is a PUT being put together.
type body struct {
	change  Change
	etag    json.RawMessage // nil for a new incident
	members map[string]json.RawMessage
	current incident.Snapshot
	labels  []label // the current ones
}

// readOnly are the properties that the service sets itself.
// Source: Microsoft.SecurityInsights 2025-09-01 and 2025-07-01-preview, read
// 2026-11.
var readOnly = []string{
	"additionalData", "createdTimeUtc", "incidentNumber", "incidentUrl", "lastModifiedTimeUtc", "providerIncidentId", "providerName",
	"relatedAnalyticRuleIds", "teamInformation",
}

// read takes over what there is.
func (b *body) read(current []byte) error {
	if current == nil {
		return nil
	}
	var d record.Document
	if err := d.Parse(current); err != nil {
		return err
	}
	for name, v := range d.Members() {
		switch {
		case string(name) == "etag" && v.IsString():
			b.etag = bytes.Clone(v.Raw())
		case string(name) == "properties":
			b.keep(v)
		}
	}
	if b.etag == nil {
		return errors.New("etag: missing")
	}
	var err error
	b.current, err = ReadSnapshot(current)
	return err
}

func (b *body) keep(properties record.Value) {
	for name, v := range properties.Members() {
		if v.IsNull() || slices.Contains(readOnly, string(name)) {
			continue
		}
		b.members[string(name)] = bytes.Clone(v.Raw())
		if string(name) == "labels" {
			b.labels = readLabels(v)
		}
	}
}

// apply makes the changes, and checks what is left.
func (b *body) apply() error {
	var errs []error
	for field, value := range b.change.Values {
		errs = append(errs, b.set(field, value))
	}
	b.setLabels()
	b.setTimes()
	if text := b.change.ClassificationComment; text != "" {
		b.text("classificationComment", text)
	}
	errs = append(errs, b.verdict())
	for _, name := range []string{"title", "status", "severity"} {
		if len(b.members[name]) <= len(`""`) {
			errs = append(errs, fmt.Errorf("%s must not be empty", name))
		}
	}
	return errors.Join(errs...)
}

// set gives one field its new value; tags and verdict wait for the rest.
func (b *body) set(field incident.Field, value incident.Value) error {
	switch field {
	case incident.FieldStatus:
		return b.word("status", value, statuses)
	case incident.FieldSeverity:
		return b.word("severity", value, severities)
	case incident.FieldOwner:
		b.setOwner(value)
	case incident.FieldTitle:
		b.text("title", strings.TrimSpace(string(value)))
	case incident.FieldDescription:
		if utf8.RuneCountInString(string(value)) > incident.SentinelDescriptionMax {
			return fmt.Errorf("description must have at most %d characters", incident.SentinelDescriptionMax)
		}
		b.text("description", string(value))
	case incident.FieldVerdict, incident.FieldTags:
	case incident.FieldCount:
		return fmt.Errorf("no such field: %s", field)
	default:
		return fmt.Errorf("no such field: %s", field)
	}
	return nil
}

func (b *body) text(name, text string) { b.members[name] = record.AppendString(nil, text) }

func (b *body) word(name string, value incident.Value, known []string) error {
	if !slices.Contains(known, string(value)) {
		return fmt.Errorf("%s must be one of %v", name, known)
	}
	b.text(name, string(value))
	return nil
}

func (b *body) setTimes() {
	for name, t := range map[string]time.Time{"firstActivityTimeUtc": b.change.FirstActivity, "lastActivityTimeUtc": b.change.LastActivity} {
		if !t.IsZero() {
			b.text(name, t.UTC().Format(time.RFC3339Nano))
		}
	}
}

func (b *body) encode() ([]byte, error) {
	top := map[string]any{"properties": b.members}
	if b.etag != nil {
		top["etag"] = b.etag
	}
	text, err := encode(top)
	if err == nil && len(text) > BodyBytesMax {
		err = fmt.Errorf("write incident: body must have at most %d bytes, got %d", BodyBytesMax, len(text))
	}
	return text, err
}

// encode leaves <, > and & as they are, for people read what is written, and
// never writes a text that is not UTF-8.
func encode(value any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return nil, err
	}
	return bytes.ToValidUTF8(bytes.TrimSuffix(b.Bytes(), []byte("\n")), []byte("\uFFFD")), nil
}
