package sim

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// field is what is kept in step, in words of the judge's own: its maps are
// written by hand from the vendor's tables and shared with no code under test.
type field string

const (
	fieldStatus      field = "status"
	fieldVerdict     field = "verdict"
	fieldOwner       field = "owner"
	fieldSeverity    field = "severity"
	fieldTags        field = "tags"
	fieldTitle       field = "title"
	fieldDescription field = "description"
)

// bothWays are the fields that are carried in both directions as one value.
var bothWays = []field{fieldStatus, fieldVerdict, fieldOwner, fieldSeverity, fieldTags}

// toSentinel are those that only go one way.
var toSentinel = []field{fieldTitle, fieldDescription}

// values are an incident's fields in the judge's words.
type values map[field]string

func text(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

func oneOf(words map[string]string, word string) string {
	if mapped, ok := words[word]; ok {
		return mapped
	}
	return "?" + word
}

// ofDefender reads a Graph incident, or what the list of writes shows of one.
func ofDefender(doc map[string]any) values {
	v := values{
		fieldStatus: oneOf(map[string]string{
			"active": "new", "inProgress": "active", "awaitingAction": "active", "resolved": "closed", "redirected": "closed",
		}, text(doc["status"])),
		fieldVerdict: oneOf(map[string]string{
			"": "none", "unknown": "none", "truePositive": "true", "falsePositive": "false", "informationalExpectedActivity": "benign",
		}, text(doc["classification"])),
		fieldSeverity:    strings.ToLower(text(doc["severity"])),
		fieldTags:        tagsOf(doc["customTags"]),
		fieldTitle:       text(doc["displayName"]),
		fieldDescription: text(doc["description"]),
	}
	owner := strings.ToLower(text(doc["assignedTo"]))
	if mapped, ok := owners[owner]; ok {
		owner = mapped.(string)
	}
	v[fieldOwner] = owner
	return v
}

// ofSentinel reads an incident's properties.
func ofSentinel(doc map[string]any) values {
	owner, _ := doc["owner"].(map[string]any)
	labels := []any{}
	for _, label := range items(doc["labels"]) {
		name := text(label["labelName"])
		if !strings.HasPrefix(name, "defender:") && !strings.EqualFold(name, "redirected") {
			labels = append(labels, name)
		}
	}
	return values{
		fieldStatus: strings.ToLower(text(doc["status"])),
		fieldVerdict: oneOf(map[string]string{
			"": "none", "Undetermined": "none", "TruePositive": "true", "FalsePositive": "false", "BenignPositive": "benign",
		}, text(doc["classification"])),
		fieldOwner:       strings.ToLower(text(owner["userPrincipalName"])),
		fieldSeverity:    strings.ToLower(text(doc["severity"])),
		fieldTags:        tagsOf(labels),
		fieldTitle:       text(doc["title"]),
		fieldDescription: text(doc["description"]),
	}
}

func items(list any) []map[string]any {
	var all []map[string]any
	elements, _ := list.([]any)
	for _, e := range elements {
		if m, ok := e.(map[string]any); ok {
			all = append(all, m)
		}
	}
	return all
}

// tagsOf is a set of tags as one text.
func tagsOf(list any) string {
	var tags []string
	elements, _ := list.([]any)
	for _, e := range elements {
		if tag := strings.ToLower(strings.TrimSpace(text(e))); tag != "" {
			tags = append(tags, tag)
		}
	}
	slices.Sort(tags)
	return strings.Join(slices.Compact(tags), "|")
}

// claimOf is the number of the Defender incident that labels claim.
func claimOf(doc map[string]any) string {
	for _, label := range items(doc["labels"]) {
		if rest, ok := strings.CutPrefix(text(label["labelName"]), "defender:"); ok {
			if id, of, ok := strings.Cut(rest, "@"); ok && of == tenant {
				return id
			}
		}
	}
	return ""
}

func object(raw json.RawMessage) map[string]any {
	var doc map[string]any
	_ = json.Unmarshal(raw, &doc) // what is no object is no incident
	return doc
}
