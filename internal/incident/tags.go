package incident

import (
	"slices"
	"strings"
)

// tagSeparator joins tags in a Value. It is a control character, which no tag
// may hold.
const tagSeparator = "\x1f"

// Tags spells a set of tags: each trimmed, empty ones left out, sorted by
// [TagKey], one of those that differ only in case. The caller leaves out what
// is not a person's tag (system tags, our own labels).
func Tags(texts []string) Value {
	tags := make([]string, 0, len(texts))
	for _, text := range texts {
		if text = strings.TrimSpace(strings.ReplaceAll(text, tagSeparator, " ")); text != "" {
			tags = append(tags, text)
		}
	}
	slices.SortFunc(tags, func(a, b string) int {
		if c := strings.Compare(TagKey(a), TagKey(b)); c != 0 {
			return c
		}
		return strings.Compare(a, b)
	})
	tags = slices.CompactFunc(tags, func(a, b string) bool { return TagKey(a) == TagKey(b) })
	return Value(strings.Join(tags, tagSeparator))
}

// SplitTags is Tags taken apart; nil for none.
func SplitTags(v Value) []string {
	if v == "" {
		return nil
	}
	return strings.Split(string(v), tagSeparator)
}

// TagKey is by what tags are the same: without case.
func TagKey(tag string) string { return strings.ToLower(tag) }

// TagSet is a set of tags by key, each with its text.
type TagSet map[string]string

// NewTagSet reads a Value made by Tags.
func NewTagSet(v Value) TagSet {
	set := TagSet{}
	for _, tag := range SplitTags(v) {
		set[TagKey(tag)] = tag
	}
	return set
}

// Value spells the set.
func (t TagSet) Value() Value {
	texts := make([]string, 0, len(t))
	for _, text := range t {
		texts = append(texts, text)
	}
	return Tags(texts)
}

// Has reports whether a tag of that key is in the set.
func (t TagSet) Has(key string) bool {
	_, has := t[key]
	return has
}
