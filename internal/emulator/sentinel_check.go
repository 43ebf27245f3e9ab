package emulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	descriptionMax = 5000 // characters
	classifyMax    = 5000 // characters of classificationComment; chosen, no number is documented
)

// sentinelInput is what a client sends of an incident. A member that is null
// counts as left out; what a client cannot write, or nobody knows, is ignored.
type sentinelInput struct {
	Etag       *string
	Properties *sentinelInputFields
}

type sentinelInputFields struct {
	Title                 *string
	Description           *string
	Severity              *string
	Status                *string
	Classification        *string
	ClassificationReason  *string
	ClassificationComment *string
	FirstActivityTimeUtc  *string
	LastActivityTimeUtc   *string
	Labels                *[]struct {
		LabelName *string
		LabelType *string
	}
	Owner *sentinelOwner
}

// armRefusal is an answer that refuses a request.
type armRefusal struct {
	status        int
	code, message string
}

func (r *armRefusal) Error() string { return r.message }

func badRequest(format string, values ...any) *armRefusal {
	return &armRefusal{http.StatusBadRequest, "BadRequest", fmt.Sprintf(format, values...)}
}

// parseSentinelInput reads the body of a PUT.
func parseSentinelInput(text []byte) (sentinelInput, *armRefusal) {
	var in sentinelInput
	if err := json.Unmarshal(text, &in); err != nil {
		return in, badRequest("The request body is not valid: %v.", err)
	}
	if in.Properties == nil {
		return in, badRequest("'properties' must be given.")
	}
	return in, nil
}

// fields checks the members against the rules of the service and returns them;
// what was left out is empty. The texts for title, status and reason are the
// documented ones, the others are chosen.
func (in *sentinelInputFields) fields() (sentinelFields, *armRefusal) {
	text := func(s *string) string {
		if s == nil {
			return ""
		}
		return *s
	}
	f := sentinelFields{
		Title: text(in.Title), Description: text(in.Description), Severity: text(in.Severity), Status: text(in.Status),
		Classification: text(in.Classification), ClassificationReason: text(in.ClassificationReason),
		ClassificationComment: text(in.ClassificationComment),
		FirstActivity:         text(in.FirstActivityTimeUtc), LastActivity: text(in.LastActivityTimeUtc),
	}
	if in.Owner != nil {
		f.Owner = *in.Owner
	}
	if bad := f.readLabels(in); bad != nil {
		return f, bad
	}
	return f, f.check()
}

func (f *sentinelFields) readLabels(in *sentinelInputFields) *armRefusal {
	if in.Labels == nil {
		return nil
	}
	for _, label := range *in.Labels {
		if label.LabelName == nil || *label.LabelName == "" {
			return badRequest("'labelName' must have a non-empty value.")
		}
		f.Labels = append(f.Labels, sentinelLabel{Name: *label.LabelName, Type: labelUser})
	}
	return nil
}

// check returns the first rule that the members break.
func (f *sentinelFields) check() *armRefusal {
	switch {
	case strings.TrimSpace(f.Title) == "":
		return badRequest("'Title' must have a non-empty value")
	case f.Status == "":
		return badRequest("status must not be empty.")
	case f.Severity == "":
		return badRequest("severity must not be empty.")
	case !slices.Contains(sentinelStatuses(), f.Status):
		return badRequest("status '%s' is not one of %v.", f.Status, sentinelStatuses())
	case !slices.Contains(sentinelSeverities(), f.Severity):
		return badRequest("severity '%s' is not one of %v.", f.Severity, sentinelSeverities())
	case utf8.RuneCountInString(f.Description) > descriptionMax:
		return badRequest("description must have at most %d characters.", descriptionMax)
	case utf8.RuneCountInString(f.ClassificationComment) > classifyMax:
		return badRequest("classificationComment must have at most %d characters.", classifyMax)
	}
	if bad := f.checkClassification(); bad != nil {
		return bad
	}
	if bad := f.checkOwner(); bad != nil {
		return bad
	}
	return f.checkTimes()
}

// reasonsOf are the reasons a classification can have; nil = it must have none.
func reasonsOf(classification string) []string {
	switch classification {
	case "TruePositive":
		return []string{"SuspiciousActivity"}
	case "BenignPositive":
		return []string{"SuspiciousButExpected"}
	case "FalsePositive":
		return []string{"IncorrectAlertLogic", "InaccurateData"}
	default:
		return nil
	}
}

func (f *sentinelFields) checkClassification() *armRefusal {
	c, reason := f.Classification, f.ClassificationReason
	reasons := reasonsOf(c)
	switch {
	case c == "" && f.Status == statusClosed:
		return badRequest("classification must not be empty when status is 'Closed'.")
	case c != "" && !slices.Contains(sentinelClassifications(), c):
		return badRequest("classification '%s' is not one of %v.", c, sentinelClassifications())
	case reasons != nil && reason == "":
		return badRequest("classification '%s' must have classificationReason.", c)
	case reasons == nil && reason != "":
		return badRequest("classification '%s' must not have classificationReason.", c)
	case reason != "" && !slices.Contains(reasons, reason):
		return badRequest("classificationReason '%s' does not fit classification '%s'.", reason, c)
	}
	return nil
}

func (f *sentinelFields) checkOwner() *armRefusal {
	if id := f.Owner.ObjectID; id != nil && *id != "" && !isGUID(*id) {
		return badRequest("owner objectId '%s' is not a GUID.", *id)
	}
	if kind := f.Owner.OwnerType; kind != nil && !slices.Contains([]string{"", "Unknown", "User", "Group"}, *kind) {
		return badRequest("owner ownerType '%s' is not one of [Unknown User Group].", *kind)
	}
	return nil
}

// checkTimes wants times of ISO 8601 and writes them as the service does.
func (f *sentinelFields) checkTimes() *armRefusal {
	for name, value := range map[string]*string{"firstActivityTimeUtc": &f.FirstActivity, "lastActivityTimeUtc": &f.LastActivity} {
		if *value == "" {
			continue
		}
		at, err := time.Parse(time.RFC3339Nano, *value)
		if err != nil {
			return badRequest("%s '%s' is not a date-time.", name, *value)
		}
		*value = armTime(at)
	}
	return nil
}
