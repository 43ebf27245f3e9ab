package incident

// Vocabulary says what a value of one side means on the other. The zero value
// maps no owners. It is immutable and safe for concurrent use.
//
// Its promises, for every field f and values d, s:
//
//   - Agree(f, d, Translate(f, SideDefender, d, s)), and the same from Sentinel;
//   - Translate keeps the present value where it agrees already, so that a finer
//     value is never replaced by a coarser image of itself.
type Vocabulary struct {
	// Owners maps principals across tenants.
	Owners Owners
	// DescriptionMax is how many characters of a description Sentinel takes;
	// 0 = SentinelDescriptionMax.
	DescriptionMax int
}

// SentinelDescriptionMax is how many characters of a description are stored.
// Source: Microsoft Sentinel service limits, read 2026-11.
const SentinelDescriptionMax = 5000

// Agree reports whether d, Defender's value of a field, and s, Sentinel's, mean
// the same. A word that we do not know has nothing to say and agrees with all.
func (v Vocabulary) Agree(f Field, d, s Value) bool {
	switch f {
	case FieldStatus:
		return agrees(statusToSentinel, statusToDefender, d, s)
	case FieldSeverity:
		return agrees(severityToSentinel, severityToDefender, d, s)
	case FieldVerdict:
		return verdictAgrees(d, s)
	case FieldOwner:
		return v.Owners.agree(d, s)
	case FieldTags:
		return sameTags(NewTagSet(d), NewTagSet(s))
	case FieldDescription:
		return v.cut(d) == v.cut(s)
	case FieldTitle, FieldCount:
	}
	return d == s
}

// Translate is what the value of one side is to be on the other, which holds
// present now.
func (v Vocabulary) Translate(f Field, from Side, value, present Value) Value {
	if from == SideDefender {
		return v.toSentinel(f, value, present)
	}
	return v.toDefender(f, value, present)
}

func (v Vocabulary) toSentinel(f Field, d, s Value) Value {
	if v.Agree(f, d, s) {
		return s
	}
	switch f {
	case FieldStatus:
		mapped, _ := statusToSentinel(d)
		return mapped
	case FieldSeverity:
		mapped, _ := severityToSentinel(d)
		return mapped
	case FieldVerdict:
		return verdictToSentinel(d, s)
	case FieldOwner:
		return v.Owners.Sentinel(d)
	case FieldDescription:
		return v.cut(d)
	case FieldTags, FieldTitle, FieldCount:
	}
	return d
}

func (v Vocabulary) toDefender(f Field, s, d Value) Value {
	if v.Agree(f, d, s) {
		return d
	}
	switch f {
	case FieldStatus:
		mapped, _ := statusToDefender(s)
		return mapped
	case FieldSeverity:
		mapped, _ := severityToDefender(s)
		return mapped
	case FieldVerdict:
		return verdictToDefender(s, d)
	case FieldOwner:
		return v.Owners.Defender(s, d)
	case FieldTags, FieldTitle, FieldDescription, FieldCount:
	}
	return s
}

// agrees compares through the map of one side; a word either map does not know
// agrees with everything. Nothing at all in Sentinel is no word: it is what a twin
// has that is yet to be made.
func agrees(toSentinel, toDefender func(Value) (Value, bool), d, s Value) bool {
	image, known := toSentinel(d)
	_, known2 := toDefender(s)
	return !known || !known2 && s != "" || image == s
}

func sameTags(a, b TagSet) bool {
	if len(a) != len(b) {
		return false
	}
	for key := range a {
		if !b.Has(key) {
			return false
		}
	}
	return true
}

// cut shortens a description to what Sentinel takes, at a character's edge.
func (v Vocabulary) cut(text Value) Value {
	limit := v.DescriptionMax
	if limit == 0 {
		limit = SentinelDescriptionMax
	}
	count := 0
	for i := range text {
		if count == limit {
			return text[:i]
		}
		count++
	}
	return text
}
