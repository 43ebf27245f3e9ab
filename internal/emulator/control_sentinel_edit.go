package emulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator/rawjson"
)

// sentinelEdit is what a person does to an incident over the control interface:
// the members they give, and comments. Unlike a client they may say what only
// the service knows: the type of a label, the provider and its incident id.
type sentinelEdit struct {
	name     string
	given    map[string]json.RawMessage // writable members
	labels   map[string]string          // label types given
	comments []string
	provider struct {
		ProviderName       string
		ProviderIncidentID string
		AdditionalData     struct{ ProviderIncidentURL string }
	}
	fields sentinelFields // what comes of it, once complete
}

// parseSentinelEdit reads an ARM incident, whole or in part, or the flat
// members of its properties.
func parseSentinelEdit(text []byte) (sentinelEdit, error) {
	edit := sentinelEdit{given: map[string]json.RawMessage{}, labels: map[string]string{}}
	members, err := rawjson.Object(text)
	if err != nil {
		return edit, err
	}
	for _, m := range members {
		switch m.Name {
		case "id", "etag", "type", "kind", "systemData", "relations", "alerts":
		case "name":
			edit.name, _ = rawjson.String(m.Value)
		case "properties":
			inner, err := rawjson.Object(m.Value)
			if err != nil {
				return edit, fmt.Errorf("\"properties\": %w", err)
			}
			for _, p := range inner {
				if err := edit.member(p); err != nil {
					return edit, err
				}
			}
		default:
			if err := edit.member(m); err != nil {
				return edit, err
			}
		}
	}
	return edit, nil
}

// member takes one member of the properties, or a comment.
func (s *sentinelEdit) member(m rawjson.Member) error {
	writable := []string{
		"title", "description", "severity", "status", "classification", "classificationReason", "classificationComment",
		"firstActivityTimeUtc", "lastActivityTimeUtc", "labels", "owner",
	}
	switch {
	case m.Name == "comment":
		text, ok := rawjson.String(m.Value)
		if !ok {
			return errors.New("\"comment\" must be a text")
		}
		return s.addComment(text)
	case m.Name == "comments":
		return s.addComments(m.Value)
	case m.Name == "providerName" || m.Name == "providerIncidentId" || m.Name == "additionalData":
		return json.Unmarshal(fmt.Appendf(nil, `{%s:%s}`, m.Key, m.Value), &s.provider)
	case !slices.Contains(writable, m.Name):
		return nil // read-only or unknown, as in a document that was read before
	}
	s.given[m.Name] = m.Value
	if m.Name != "labels" || rawjson.IsNull(m.Value) {
		return nil
	}
	var labels []struct{ LabelName, LabelType string }
	if err := json.Unmarshal(m.Value, &labels); err != nil {
		return fmt.Errorf("\"labels\": %w", err)
	}
	for _, label := range labels {
		s.labels[label.LabelName] = label.LabelType
	}
	return nil
}

func (s *sentinelEdit) addComments(text []byte) error {
	var comments []struct {
		Message    string
		Properties struct{ Message string }
	}
	if err := json.Unmarshal(text, &comments); err != nil {
		return fmt.Errorf("\"comments\": %w", err)
	}
	for _, c := range comments {
		if err := s.addComment(c.Message + c.Properties.Message); err != nil {
			return err
		}
	}
	return nil
}

func (s *sentinelEdit) addComment(text string) error {
	if strings.TrimSpace(text) == "" || utf8.RuneCountInString(text) > sentinelCommentMax {
		return fmt.Errorf("a comment must have 1 to %d characters", sentinelCommentMax)
	}
	s.comments = append(s.comments, text)
	return nil
}

// complete puts the given members over those of an incident, nil for a new one,
// and checks what comes of it. A classification without a reason gets the first
// that fits it: in the portal people choose the pair.
func (s *sentinelEdit) complete(old *sentinelIncident) error {
	base := sentinelFields{Severity: "Medium", Status: statusNew}
	if old != nil {
		base = old.sentinelFields
	}
	merged := map[string]json.RawMessage{}
	if err := json.Unmarshal(plainJSON(base), &merged); err != nil {
		return badRequest("%v", err) // never: it was just written
	}
	for name, value := range s.given {
		merged[name] = value
	}
	if _, ok := s.given["classification"]; ok && s.given["classificationReason"] == nil {
		word, _ := rawjson.String(s.given["classification"])
		was, _ := rawjson.String(merged["classificationReason"])
		merged["classificationReason"] = json.RawMessage("null")
		if reasons := reasonsOf(word); slices.Contains(reasons, was) {
			merged["classificationReason"] = rawjson.Quote(was)
		} else if reasons != nil {
			merged["classificationReason"] = rawjson.Quote(reasons[0])
		}
	}
	var in sentinelInputFields
	if err := json.Unmarshal(plainJSON(merged), &in); err != nil {
		return badRequest("the incident is not valid: %v", err)
	}
	fields, bad := in.fields()
	if bad != nil {
		return bad
	}
	s.fields = fields
	for i, label := range s.fields.Labels {
		if s.labels[label.Name] == labelAutoAssigned {
			s.fields.Labels[i].Type = labelAutoAssigned
		}
	}
	return nil
}
