package graph

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
)

// PatchBody is the body of a PATCH that gives an incident the values of changes
// and leaves every other field alone. Words go out as Graph spells them. A
// verdict is classification and determination together; unset, both are
// `unknown`, which is how the service shows it itself. Nobody as owner is null:
// that is what an incident has that was never assigned, whereas an empty string
// would be a name. The set of tags is replaced.
//
// It errs, all faults at once, for no change at all, for a word Graph does not
// know, for a status that is not ours to set (`redirected`, which leaves an
// incident no portal opens, and `awaitingAction`), for half a verdict and for
// an empty title.
//
// Source: Microsoft Graph v1.0, update incident; microsoft-graph-docs-contrib
// pull request 8449; read 2026-11.
func PatchBody(changes map[incident.Field]incident.Value) ([]byte, error) {
	members := map[string]any{}
	var errs []error
	for field, value := range changes {
		if err := patch(members, field, value); err != nil {
			errs = append(errs, err)
		}
	}
	if len(changes) == 0 {
		errs = append(errs, errors.New("nothing to change"))
	}
	if len(errs) > 0 {
		return nil, fmt.Errorf("write incident: %w", errors.Join(errs...))
	}
	return encode(members)
}

func patch(members map[string]any, field incident.Field, value incident.Value) error {
	switch field {
	case incident.FieldStatus:
		return oneOf(members, "status", value, statuses)
	case incident.FieldSeverity:
		return oneOf(members, "severity", value, severities)
	case incident.FieldVerdict:
		return verdict(members, value)
	case incident.FieldOwner:
		members["assignedTo"] = orNull(value)
	case incident.FieldTags:
		members["customTags"] = append([]string{}, incident.SplitTags(value)...)
	case incident.FieldTitle:
		if value == "" {
			return errors.New("displayName must not be empty")
		}
		members["displayName"] = string(value)
	case incident.FieldDescription:
		members["description"] = orNull(value)
	case incident.FieldCount:
		return fmt.Errorf("no such field: %s", field)
	default:
		return fmt.Errorf("no such field: %s", field)
	}
	return nil
}

// The words that may be written.
// Source: Microsoft Graph v1.0 metadata, read 2026-11.
var (
	statuses        = []incident.Value{incident.DefenderActive, incident.DefenderInProgress, incident.DefenderResolved}
	severities      = []incident.Value{"informational", "low", "medium", "high"}
	classifications = []incident.Value{"truePositive", "falsePositive", "informationalExpectedActivity"}
	determinations  = []incident.Value{
		"apt", "malware", "securityPersonnel", "securityTesting", "unwantedSoftware", "other", "multiStagedAttack",
		"compromisedAccount", "phishing", "maliciousUserActivity", "notMalicious", "notEnoughDataToValidate",
		"confirmedActivity", "lineOfBusinessApplication",
	}
)

func oneOf(members map[string]any, name string, value incident.Value, words []incident.Value) error {
	if !slices.Contains(words, value) {
		return fmt.Errorf("%s must be one of %v", name, words)
	}
	members[name] = string(value)
	return nil
}

func verdict(members map[string]any, value incident.Value) error {
	if value == "" {
		members["classification"], members["determination"] = "unknown", "unknown"
		return nil
	}
	class, fine := incident.SplitVerdict(value)
	return errors.Join(
		oneOf(members, "classification", incident.Value(class), classifications),
		oneOf(members, "determination", incident.Value(fine), determinations),
	)
}

func orNull(value incident.Value) any {
	if value == "" {
		return nil
	}
	return string(value)
}

// CommentBody is the body of a POST that adds a comment. It errs for an empty
// text and for one over incident.CommentCharsMax.
//
// Source: Microsoft Graph v1.0, create comment for incident, read 2026-11.
func CommentBody(text string) ([]byte, error) {
	if n := utf8.RuneCountInString(text); n == 0 || n > incident.CommentCharsMax {
		return nil, fmt.Errorf("write comment: it must have 1 to %d characters, got %d", incident.CommentCharsMax, n)
	}
	return encode(map[string]any{"@odata.type": "microsoft.graph.security.alertComment", "comment": text})
}

// encode leaves <, > and & as they are, for people read what is written.
func encode(members map[string]any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(members); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
