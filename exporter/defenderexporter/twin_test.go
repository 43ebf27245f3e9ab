package defenderexporter

import (
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// twin is a Sentinel incident, with the writer of Sentinel's side in its
// simplest form.
type twin struct {
	lab       *lab
	link      incident.Link
	name      string
	workspace string
	labels    []string // those that are no tags
	values    incident.Values
	revision  time.Time
	comments  []incident.Comment
	made      bool
}

func newTwin(l *lab, link incident.Link) *twin {
	return &twin{lab: l, link: link, name: link.SentinelName(), workspace: workspace, labels: []string{link.Label()}}
}

// edit is an analyst's.
func (t *twin) edit(f incident.Field, value incident.Value) *twin {
	t.values[f] = value
	t.touch()
	return t
}

// comment is an analyst's.
func (t *twin) comment(text string) *twin {
	t.comments = append(t.comments, incident.Comment{Name: uuid.NewString(), Author: "Jane Doe", Created: time.Now().UTC(), Text: text})
	t.touch()
	return t
}

func (t *twin) touch() {
	now := time.Now().UTC()
	if !now.After(t.revision) {
		now = t.revision.Add(100 * time.Nanosecond)
	}
	t.revision = now
}

func (t *twin) snapshot() incident.Snapshot {
	return incident.Snapshot{Values: t.values, Revision: t.revision, CommentCount: len(t.comments), Etag: t.revision.String()}
}

// work does what the ledger wants of Sentinel's side.
func (t *twin) work() {
	l := t.lab
	lane := ledger.Lane{Side: incident.SideSentinel, Name: t.workspace}
	for {
		w, _ := l.ledger.Next(lane, ledger.AllKinds)
		if w == nil {
			return
		}
		if w.Link() != t.link {
			l.twins[w.Link().IncidentID].step(w)
		} else {
			t.step(w)
		}
		w.Done()
	}
}

func (t *twin) step(w *ledger.Work) {
	l, ctx, own := t.lab, t.lab.t.Context(), incident.SideSentinel
	now := time.Now()
	require.NoError(l.t, w.Update(ctx, func(e *ledger.Entry) {
		if c := e.PlanComments(own, l.settings); w.Kind() == ledger.KindComment && c.Next != nil {
			t.comments = append(t.comments, incident.Comment{Name: incident.CopyName(t.name, *c.Next), Author: "us", Created: now.UTC(), Text: c.Next.ToSentinel()})
			e.Posted(own, *c.Next, now)
			t.touch()
			return
		}
		if w.Kind() == ledger.KindRelation {
			for _, id := range append([]string{}, e.Alerts.Waiting...) {
				e.AlertRelated(id, now)
			}
			return
		}
		r := e.Begin(now)
		if t.made {
			e.Read(own, t.snapshot(), r)
			e.ObserveComments(own, t.comments, r)
		} else {
			e.Missing(own, r)
		}
		p := e.Plan(own, l.settings)
		e.Settle(p, now)
		if len(p.Writes) == 0 {
			return
		}
		e.Intend(own, p, now)
		for _, write := range p.Writes {
			t.values[write.Field] = write.Asked
		}
		if p.Redirect {
			t.labels = append(t.labels, incident.RedirectedLabel)
		}
		t.made = true
		t.touch()
		e.Answered(t.snapshot(), now, l.settings)
	}))
}

// record is the incident as the receiver hands it on.
func (t *twin) record() plog.Logs {
	ld := plog.NewLogs()
	rl := ld.ResourceLogs().AppendEmpty()
	rl.Resource().Attributes().PutStr(record.Cloud, cloud)
	r := rl.ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
	r.SetEventName(record.EventSentinelIncident)
	r.SetObservedTimestamp(pcommon.NewTimestampFromTime(time.Now()))
	r.Attributes().PutStr(record.SentinelIncidentName, t.name)
	r.Attributes().PutStr(record.CloudResourceID, t.workspace)
	body := map[string]any{"name": t.name, "etag": t.revision.String(), "properties": t.properties()}
	var comments []any
	for _, c := range t.comments {
		comments = append(comments, map[string]any{"name": c.Name, "properties": map[string]any{
			"message": c.Text, "createdTimeUtc": stamp(c.Created), "author": map[string]any{"name": c.Author},
		}})
	}
	if len(comments) > 0 {
		body["comments"] = comments
	}
	require.NoError(t.lab.t, r.Body().SetEmptyMap().FromRaw(body))
	return ld
}

func (t *twin) properties() map[string]any {
	class, reason := incident.SplitVerdict(t.values[incident.FieldVerdict])
	var labels []any
	for _, name := range append(append([]string{}, t.labels...), incident.SplitTags(t.values[incident.FieldTags])...) {
		labels = append(labels, map[string]any{"labelName": name, "labelType": "User"})
	}
	p := map[string]any{
		"title": string(t.values[incident.FieldTitle]), "description": string(t.values[incident.FieldDescription]),
		"severity": string(t.values[incident.FieldSeverity]), "status": string(t.values[incident.FieldStatus]),
		"lastModifiedTimeUtc": stamp(t.revision), "owner": map[string]any{"userPrincipalName": string(t.values[incident.FieldOwner])},
		"additionalData": map[string]any{"commentsCount": len(t.comments)}, "labels": labels,
	}
	if class != "" {
		p["classification"], p["classificationReason"] = class, reason
	}
	return p
}

func stamp(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.0000000Z") }

// deliver hands the incident on to the exporter.
func (t *twin) deliver() { t.lab.consume(t.record()) }

// agrees requires that both sides mean the same in every field that is carried
// both ways.
func (t *twin) agrees() {
	t.lab.t.Helper()
	d := t.lab.defender(t.link.TenantID, t.link.IncidentID)
	for _, f := range incident.Fields() {
		require.True(t.lab.t, t.lab.settings.Vocabulary.Agree(f, d.Values[f], t.values[f]),
			"%s: %q and %q", f, d.Values[f], t.values[f])
	}
}

// said is how many of Defender's comments hold a text.
func (l *lab) said(id, text string) int {
	n := 0
	for _, c := range l.defender(contoso, id).Comments {
		if strings.Contains(c.Text, text) {
			n++
		}
	}
	return n
}

// said is how many of the twin's comments hold a text.
func (t *twin) said(text string) int {
	n := 0
	for _, c := range t.comments {
		if strings.Contains(c.Text, text) {
			n++
		}
	}
	return n
}
