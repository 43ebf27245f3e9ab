package incident

import "fmt"

// Side is one of the two services.
type Side uint8

// The sides, in this order everywhere.
const (
	SideDefender Side = iota
	SideSentinel
)

// Sides lists both.
func Sides() [2]Side { return [2]Side{SideDefender, SideSentinel} }

// Other is the opposite side.
func (s Side) Other() Side { return 1 - s }

// String is the side's name in configuration, logs and metrics.
func (s Side) String() string {
	if s == SideDefender {
		return "defender"
	}
	return "sentinel"
}

// MarshalText is String.
func (s Side) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (s *Side) UnmarshalText(text []byte) error {
	switch string(text) {
	case "defender":
		*s = SideDefender
	case "sentinel":
		*s = SideSentinel
	default:
		return fmt.Errorf("side must be defender or sentinel, got %q", text)
	}
	return nil
}

// Field is what is kept in step of an incident, comments apart.
type Field uint8

// The fields.
const (
	// FieldStatus is New, Active or Closed.
	FieldStatus Field = iota
	// FieldVerdict is Graph's classification with its determination, Sentinel's
	// classification with its reason.
	FieldVerdict
	// FieldOwner is assignedTo or owner.
	FieldOwner
	// FieldSeverity is one of four levels.
	FieldSeverity
	// FieldTags is the set customTags or labels.
	FieldTags
	// FieldTitle is displayName or title.
	FieldTitle
	// FieldDescription is the description.
	FieldDescription
	// FieldCount is how many there are.
	FieldCount
)

var fieldNames = [FieldCount]string{"status", "verdict", "owner", "severity", "tags", "title", "description"}

// Fields lists them all.
func Fields() [FieldCount]Field {
	var all [FieldCount]Field
	for i := range all {
		all[i] = Field(i)
	}
	return all
}

// String is the field's name in configuration, logs and metrics.
func (f Field) String() string {
	if f < FieldCount {
		return fieldNames[f]
	}
	return fmt.Sprintf("field(%d)", uint8(f))
}

// MarshalText is String.
func (f Field) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (f *Field) UnmarshalText(text []byte) error {
	for i, name := range fieldNames {
		if name == string(text) {
			*f = Field(i)
			return nil
		}
	}
	return fmt.Errorf("unknown field %q", text)
}

// Value is one side's value of one field in that service's own words,
// canonical, so that equal values are equal texts. The empty Value is "not
// set". See [Status], [NewVerdict], [Principal], [Tags] for the spelling of
// each field.
type Value string

// Values is one side's value of every field, indexed by Field.
type Values [FieldCount]Value
