package emulator

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"
)

// The words of the service. Source: Microsoft.SecurityInsights 2025-09-01,
// read 2026-11.
func sentinelSeverities() []string { return []string{"High", "Medium", "Low", "Informational"} }
func sentinelStatuses() []string   { return []string{statusNew, statusActive, statusClosed} }

func sentinelClassifications() []string {
	return []string{"Undetermined", "TruePositive", "BenignPositive", "FalsePositive"}
}

const (
	statusNew    = "New"
	statusActive = "Active"
	statusClosed = "Closed"

	labelUser         = "User"
	labelAutoAssigned = "AutoAssigned"

	providerSentinel  = "Azure Sentinel"
	providerXDR       = "Microsoft XDR"
	providerConnector = "Microsoft 365 Defender"
)

// sentinelIncident is an incident at one moment of its life, with its comments
// and relations. It never changes once stored, but for the text kept of it.
type sentinelIncident struct {
	name    string
	seq     uint64 // when it was stored, among all revisions of the emulator
	stored  time.Time
	first   bool // there was none before it, or it was deleted
	deleted bool

	etag     string
	number   int
	created  time.Time
	modified time.Time

	sentinelFields
	providerName string
	providerID   string // "" = the number
	providerURL  string

	comments  []*sentinelComment  // oldest first
	relations []*sentinelRelation // oldest first

	properties []byte // JSON text, written when first asked for
}

// sentinelFields are the members that a client may write. The zero value of a
// member means that it is not there.
type sentinelFields struct {
	Title                 string          `json:"title"`
	Description           string          `json:"description,omitempty"`
	Severity              string          `json:"severity"`
	Status                string          `json:"status"`
	Classification        string          `json:"classification,omitempty"`
	ClassificationReason  string          `json:"classificationReason,omitempty"`
	ClassificationComment string          `json:"classificationComment,omitempty"`
	Labels                []sentinelLabel `json:"labels"`
	FirstActivity         string          `json:"firstActivityTimeUtc,omitempty"`
	LastActivity          string          `json:"lastActivityTimeUtc,omitempty"`
	Owner                 sentinelOwner   `json:"owner"`
}

type sentinelLabel struct {
	Name string `json:"labelName"`
	Type string `json:"labelType"`
}

// sentinelOwner is shown with nulls when nobody holds the incident.
type sentinelOwner struct {
	ObjectID          *string `json:"objectId"`
	Email             *string `json:"email"`
	AssignedTo        *string `json:"assignedTo"`
	UserPrincipalName *string `json:"userPrincipalName"`
	OwnerType         *string `json:"ownerType,omitempty"`
}

// next is a copy to change and commit. Its slices are shared until replaced.
func (i *sentinelIncident) next() *sentinelIncident {
	fresh := *i
	fresh.properties = nil
	return &fresh
}

// providerIncidentID is Defender's id, or the incident's own number as text.
func (i *sentinelIncident) providerIncidentID() string {
	if i.providerID == "" {
		return strconv.Itoa(i.number)
	}
	return i.providerID
}

// shownEtag is the etag as incidents show it: with quotes inside.
func (i *sentinelIncident) shownEtag() string { return `"` + i.etag + `"` }

// sentinelProperties is what an answer holds beside the writable members.
type sentinelProperties struct {
	sentinelFields
	LastModified   string                 `json:"lastModifiedTimeUtc"`
	Created        string                 `json:"createdTimeUtc"`
	URL            string                 `json:"incidentUrl"`
	Number         int                    `json:"incidentNumber"`
	ProviderName   string                 `json:"providerName"`
	ProviderID     string                 `json:"providerIncidentId"`
	RelatedRuleIDs []string               `json:"relatedAnalyticRuleIds"`
	AdditionalData sentinelAdditionalData `json:"additionalData"`
}

type sentinelAdditionalData struct {
	Alerts      int      `json:"alertsCount"`
	Bookmarks   int      `json:"bookmarksCount"`
	Comments    int      `json:"commentsCount"`
	Products    []string `json:"alertProductNames"`
	Tactics     []string `json:"tactics"`
	ProviderURL string   `json:"providerIncidentUrl,omitempty"`
}

// text is the JSON of the incident's properties. Call it with the emulator's
// lock held: the first call keeps what it wrote.
func (i *sentinelIncident) text(w *workspace) []byte {
	if i.properties != nil {
		return i.properties
	}
	p := sentinelProperties{
		sentinelFields: i.sentinelFields,
		LastModified:   armTime(i.modified), Created: armTime(i.created), Number: i.number,
		URL: "https://portal.azure.com/#asset/Microsoft_Azure_Security_Insights/Incident" +
			w.insights() + "/incidents/" + i.name,
		ProviderName: i.providerName, ProviderID: i.providerIncidentID(),
		AdditionalData: sentinelAdditionalData{
			Comments: len(i.comments), Products: []string{}, Tactics: []string{}, ProviderURL: i.providerURL,
		},
	}
	if p.Labels == nil {
		p.Labels = []sentinelLabel{}
	}
	w.gather(i, &p)
	i.properties = plainJSON(p)
	return i.properties
}

// write gives the incident as an object. Its type and id are written with a
// small letter, or with a large one where listed is set: answers differ in it.
func (i *sentinelIncident) write(w *workspace, segment string) []byte {
	var out bytes.Buffer
	for _, m := range [][2]string{
		{`{"id":`, w.insights() + "/" + segment + "/" + i.name},
		{`,"name":`, i.name},
		{`,"etag":`, i.shownEtag()},
		{`,"type":`, "Microsoft.SecurityInsights/" + segment},
	} {
		out.WriteString(m[0])
		out.Write(plainJSON(m[1]))
	}
	out.WriteString(`,"properties":`)
	out.Write(i.text(w))
	out.WriteByte('}')
	return out.Bytes()
}

// synced is what the list of writes shows of an incident.
func (i *sentinelIncident) synced() json.RawMessage {
	null := func(s string) *string {
		if s == "" {
			return nil
		}
		return &s
	}
	labels := i.Labels
	if labels == nil {
		labels = []sentinelLabel{}
	}
	return plainJSON(struct {
		Title                 string          `json:"title"`
		Description           *string         `json:"description"`
		Status                string          `json:"status"`
		Severity              string          `json:"severity"`
		Classification        *string         `json:"classification"`
		ClassificationReason  *string         `json:"classificationReason"`
		ClassificationComment *string         `json:"classificationComment"`
		Owner                 sentinelOwner   `json:"owner"`
		Labels                []sentinelLabel `json:"labels"`
	}{
		i.Title, null(i.Description), i.Status, i.Severity, null(i.Classification), null(i.ClassificationReason),
		null(i.ClassificationComment), i.Owner, labels,
	})
}

// armTime writes a time as ARM does: UTC, at most seven digits of a second.
func armTime(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.9999999Z") }

// plainJSON writes a value without escaping what need not be.
func plainJSON(value any) []byte {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(value) != nil {
		return []byte(`null`) // never: the values are plain
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n"))
}
