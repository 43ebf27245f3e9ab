package tally

import (
	"encoding/json"
	"slices"
	"strings"
)

// Side is one of the two services; it indexes arrays of two.
type Side int

// The sides.
const (
	Defender Side = iota
	Sentinel
)

// String is the side's name, for people.
func (s Side) String() string { return [2]string{"Defender", "Sentinel"}[s] }

func (s Side) other() Side { return 1 - s }

// Field is one thing that both services hold of an incident.
type Field string

// The fields. Tags are compared one by one.
const (
	Status      Field = "status"
	Verdict     Field = "verdict"
	Owner       Field = "owner"
	Severity    Field = "severity"
	Tags        Field = "tags"
	Title       Field = "title"
	Description Field = "description"
)

// What hangs on an incident is compared beside the fields.
const (
	Comments Field = "comments"
	Alerts   Field = "alerts"
)

// Fields lists them in the order in which they are told.
func Fields() []Field { return []Field{Status, Verdict, Owner, Severity, Tags, Title, Description} }

// oneWay are the fields that Defender alone decides: what a person writes over
// them in Sentinel stays there.
func (f Field) oneWay() bool { return f == Title || f == Description }

// values are what a side holds, in words of neither service, by key: a field, or
// one tag. What is not set has no key.
type values map[string]string

const tagKey = "tags "

// FieldOf is the field that a key of values belongs to.
func FieldOf(key string) Field {
	if strings.HasPrefix(key, tagKey) {
		return Tags
	}
	return Field(key)
}

// The same in both services' words; a word that is not here means itself.
//
// Source: Microsoft, Defender XDR integration with Microsoft Sentinel, read
// 2026-11.
func meaning(f Field, word string) string {
	switch f {
	case Status:
		return known(word, [][]string{{"new", "active", "New"}, {"active", "inProgress", "awaitingAction", "Active"}, {"closed", "resolved", "redirected", "Closed"}})
	case Verdict:
		return known(word, [][]string{
			{"", "unknown", "Undetermined", "unknownFutureValue"},
			{"true positive", "truePositive", "TruePositive"},
			{"false positive", "falsePositive", "FalsePositive"},
			{"benign", "informationalExpectedActivity", "BenignPositive"},
		})
	case Severity, Owner:
		return strings.ToLower(strings.TrimSpace(word))
	case Tags, Title, Description, Comments, Alerts:
	}
	return word
}

// known looks a word up behind the first of each line.
func known(word string, lines [][]string) string {
	for _, line := range lines {
		if slices.Contains(line[1:], word) {
			return line[0]
		}
	}
	return word
}

// descriptionMax is how many characters Sentinel stores of a description.
// Source: Microsoft Sentinel service limits, read 2026-11.
const descriptionMax = 5000

// People are who is who: principal names of Defender's tenant and those of
// Sentinel's, in lower case. Who is not here has one name.
type People map[string]string

// automata hold incidents in Defender and are nobody in Sentinel.
var automata = []string{"automation", "suppression rule"}

// defenderDocument is what is read of a Graph incident.
type defenderDocument struct {
	ID             string   `json:"id"`
	Title          string   `json:"displayName"`
	Description    string   `json:"description"`
	Status         string   `json:"status"`
	Severity       string   `json:"severity"`
	Classification string   `json:"classification"`
	Owner          string   `json:"assignedTo"`
	Tags           []string `json:"customTags"`
	Redirect       string   `json:"redirectIncidentId"`
	Comments       []struct {
		Text string `json:"comment"`
	} `json:"comments"`
	Alerts []struct{} `json:"alerts"`
}

func (d defenderDocument) values(people People) values {
	v := values{}
	owner := meaning(Owner, d.Owner)
	if same, ok := people[owner]; ok {
		owner = same
	} else if slices.Contains(automata, owner) {
		owner = ""
	}
	v.set(Owner, owner)
	v.set(Status, d.Status)
	v.set(Verdict, d.Classification)
	v.set(Severity, d.Severity)
	v.set(Title, d.Title)
	v.set(Description, cut(d.Description))
	v.tag(d.Tags)
	return v
}

// sentinelProperties is what is read of a Sentinel incident.
type sentinelProperties struct {
	Title          string `json:"title"`
	Description    string `json:"description"`
	Status         string `json:"status"`
	Severity       string `json:"severity"`
	Classification string `json:"classification"`
	Owner          struct {
		Principal string `json:"userPrincipalName"`
		Email     string `json:"email"`
		Name      string `json:"assignedTo"`
	} `json:"owner"`
	Labels []struct {
		Name string `json:"labelName"`
	} `json:"labels"`
}

func (p sentinelProperties) values() values {
	v := values{}
	owner := p.Owner.Principal
	if owner == "" {
		owner = p.Owner.Email
	}
	if owner == "" {
		owner = p.Owner.Name
	}
	v.set(Owner, owner)
	v.set(Status, p.Status)
	v.set(Verdict, p.Classification)
	v.set(Severity, p.Severity)
	v.set(Title, p.Title)
	v.set(Description, cut(p.Description))
	var tags []string
	for _, label := range p.Labels {
		if !strings.HasPrefix(label.Name, linkLabel) && !strings.EqualFold(label.Name, redirectedLabel) {
			tags = append(tags, label.Name)
		}
	}
	v.tag(tags)
	return v
}

func (v values) set(f Field, word string) {
	if word = meaning(f, word); word != "" {
		v[string(f)] = word
	}
}

func (v values) tag(tags []string) {
	for _, tag := range tags {
		if tag = strings.TrimSpace(tag); tag != "" {
			v[tagKey+strings.ToLower(tag)] = "set"
		}
	}
}

// keys are those of either, sorted.
func keys(a, b values) []string {
	var all []string
	for _, v := range []values{a, b} {
		for key := range v {
			all = append(all, key)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func cut(text string) string {
	if runes := []rune(text); len(runes) > descriptionMax {
		return string(runes[:descriptionMax])
	}
	return text
}

const (
	linkLabel       = "defender:"
	redirectedLabel = "Redirected"
)

// claim is the Defender incident that labels name, as tenant and id joined, or
// "".
func (p sentinelProperties) claim() string {
	for _, label := range p.Labels {
		if said, ok := strings.CutPrefix(label.Name, linkLabel); ok {
			if id, tenant, ok := strings.Cut(said, "@"); ok {
				return pairKey(tenant, id)
			}
		}
	}
	return ""
}

func (p sentinelProperties) marked() bool {
	for _, label := range p.Labels {
		if strings.EqualFold(label.Name, redirectedLabel) {
			return true
		}
	}
	return false
}

func pairKey(tenant, id string) string { return strings.ToLower(tenant) + " " + id }

// read decodes the members it knows; a member of another kind is left out.
func read[T any](text json.RawMessage) (into T) {
	_ = json.Unmarshal(text, &into)
	return into
}
