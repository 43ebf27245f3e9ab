package sentinel

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// setOwner writes a person under every name that Sentinel's pages show one by,
// anything else as the text it is.
func (b *body) setOwner(principal incident.Value) {
	id, isID := strings.CutPrefix(string(principal), objectIDPrefix)
	members := map[string]string{}
	switch {
	case principal == "":
		delete(b.members, "owner")
		return
	case isID:
		members["objectId"] = id
	case strings.Contains(string(principal), "@"):
		members["userPrincipalName"], members["email"], members["assignedTo"] = string(principal), string(principal), string(principal)
	default:
		members["assignedTo"] = string(principal)
	}
	b.members["owner"], _ = encode(members) // a map of strings always encodes
}

// verdict writes the classification that is asked for, or keeps the one there
// is in a form that the service takes.
func (b *body) verdict() error {
	value, changes := b.change.Values[incident.FieldVerdict]
	if !changes {
		value = b.current.Values[incident.FieldVerdict]
	}
	class, reason := incident.SplitVerdict(value)
	pair, known := pairOf(class)
	switch {
	case class == "" && (reason == "" || !changes):
		b.unclassified(changes)
		return nil
	case !known && !changes:
		return nil // a word newer than we are stays as it is
	case !known:
		return fmt.Errorf("classification must be one of %v or unset", classNames())
	case !slices.Contains(pair.reasons, reason) && changes:
		return fmt.Errorf("classificationReason of %s must be one of %v", pair.class, pair.reasons)
	case !slices.Contains(pair.reasons, reason):
		reason = pair.reasons[0] // without any, no change at all would be taken
	}
	b.text("classification", class)
	b.text("classificationReason", reason)
	return nil
}

// unclassified takes the verdict away, as far as the status allows.
func (b *body) unclassified(changes bool) {
	delete(b.members, "classificationReason")
	closed := strings.EqualFold(string(b.members["status"]), `"`+string(incident.SentinelClosed)+`"`)
	_, has := b.members["classification"]
	switch {
	case closed, has && !changes:
		b.text("classification", undetermined)
	default:
		delete(b.members, "classification")
	}
}

func classNames() []string {
	names := make([]string, len(verdictPairs))
	for i, p := range verdictPairs {
		names[i] = p.class
	}
	return names
}

// label is one label as it stands.
type label struct {
	name, kind string
	raw        json.RawMessage
}

func readLabels(array record.Value) []label {
	var list []label
	for e := range array.Elements() {
		l := label{raw: bytes.Clone(e.Raw())}
		for name, v := range e.Members() {
			switch string(name) {
			case "labelName":
				l.name = string(v.Text())
			case "labelType":
				l.kind = string(v.Text())
			}
		}
		if l.name != "" {
			list = append(list, l)
		}
	}
	return list
}

// setLabels keeps what is not a person's, keeps or replaces what is, and adds
// what is missing.
func (b *body) setLabels() {
	value, changes := b.change.Values[incident.FieldTags]
	if !changes && len(b.change.Labels) == 0 {
		return
	}
	tags := incident.NewTagSet(value)
	list, has := []json.RawMessage{}, incident.TagSet{}
	for _, l := range b.labels {
		key := incident.TagKey(l.name)
		if has.Has(key) || changes && isTag(l.name, l.kind) && !tags.Has(key) {
			continue
		}
		list, has[key] = append(list, l.raw), l.name
	}
	add := func(name string) {
		if key := incident.TagKey(name); name != "" && !has.Has(key) {
			raw, _ := encode(map[string]string{"labelName": name}) // a map of strings always encodes
			list, has[key] = append(list, raw), name
		}
	}
	for _, name := range b.change.Labels {
		add(name)
	}
	for _, tag := range incident.SplitTags(value) {
		if !incident.IsOwnLabel(tag) {
			add(tag)
		}
	}
	b.members["labels"], _ = encode(list) // raw texts that were parsed
}
