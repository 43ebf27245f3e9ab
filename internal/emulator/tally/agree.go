package tally

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Finding is one incident on which the sides do not simply agree.
type Finding struct {
	Incident string  // of Defender, or the name of a Sentinel incident without one
	Excused  bool    // it is as it must be
	What     string  // one line for people
	Fields   []Field // what differs, where it is fields, comments or alerts
}

// Agreement is what a comparison of both queues came to.
type Agreement struct {
	Incidents int // of Defender
	Agree     int // that are in Sentinel once and the same in all fields, comments and alerts
	Findings  []Finding
}

// Differ are the findings that nothing excuses.
func (a Agreement) Differ() []Finding {
	return slices.DeleteFunc(slices.Clone(a.Findings), func(f Finding) bool { return f.Excused })
}

// alertsMax is how many alerts a Sentinel incident takes.
// Source: Microsoft Sentinel service limits, read 2026-11.
const alertsMax = 150

// sentinelDocument is what is read of a Sentinel incident with what hangs on it.
type sentinelDocument struct {
	Name       string             `json:"name"`
	Properties sentinelProperties `json:"properties"`
	Comments   []struct {
		Properties struct {
			Message string `json:"message"`
		} `json:"properties"`
	} `json:"comments"`
	Relations []struct{} `json:"relations"`
}

// Compare holds the queues of one tenant and one workspace against each other:
// the incidents of GET /control/defender/incidents and of GET
// /control/sentinel/incidents. What people did, which the life knows, excuses
// some differences.
func (l *Life) Compare(tenant string, defender, sentinel []json.RawMessage) Agreement {
	twins := map[string][]sentinelDocument{}
	for _, text := range sentinel {
		s := read[sentinelDocument](text)
		key := s.Properties.claim()
		twins[key] = append(twins[key], s)
	}
	a := Agreement{Incidents: len(defender)}
	for _, text := range defender {
		d := read[defenderDocument](text)
		key := pairKey(tenant, d.ID)
		f := l.compare(l.pair(key, d.ID), d, twins[key])
		delete(twins, key)
		if f.What == "" {
			a.Agree++
			continue
		}
		f.Incident = d.ID
		a.Findings = append(a.Findings, f)
	}
	for _, key := range slices.Sorted(maps.Keys(twins)) {
		if of, _ := splitKey(key); of != "" && !strings.EqualFold(of, tenant) {
			continue // of another tenant, which is another comparison
		}
		for _, s := range twins[key] {
			a.Findings = append(a.Findings, Finding{Incident: s.Name, What: "is in Sentinel only", Excused: key == ""})
		}
	}
	return a
}

func splitKey(key string) (tenant, id string) {
	tenant, id, _ = strings.Cut(key, " ")
	return tenant, id
}

// compare says what is not the same, if anything, and whether it must be so.
func (l *Life) compare(p *pair, d defenderDocument, twins []sentinelDocument) Finding {
	switch {
	case len(twins) > 1:
		return Finding{What: fmt.Sprintf("is %d times in Sentinel", len(twins))}
	case len(twins) == 0 && d.Status == "redirected":
		return Finding{What: "merged into " + d.Redirect + " before it came to Sentinel", Excused: true}
	case len(twins) == 0 && p.removed:
		return Finding{What: "deleted in Sentinel by a person, and stays so", Excused: true}
	case len(twins) == 0:
		return Finding{What: "is not in Sentinel"}
	case d.Status == "redirected":
		return closed(p, d, twins[0])
	}
	return l.fields(p, d, twins[0])
}

// closed is how the twin of a merged incident must be.
func closed(p *pair, d defenderDocument, s sentinelDocument) Finding {
	if s.Properties.Status == "Closed" && s.Properties.marked() || p.reopened {
		return Finding{What: "merged into " + d.Redirect + ", closed in Sentinel", Excused: true}
	}
	return Finding{What: fmt.Sprintf("merged into %s, but %s in Sentinel", d.Redirect, s.Properties.Status)}
}

func (l *Life) fields(p *pair, d defenderDocument, s sentinelDocument) Finding {
	var found Finding
	var differ, own []string
	dv, sv := d.values(l.People), s.Properties.values()
	for _, key := range keys(dv, sv) {
		switch f := FieldOf(key); {
		case dv[key] == sv[key]:
		case p.titled[f]:
			own = append(own, string(f))
		default:
			differ, found.Fields = append(differ, unlike(key, dv[key], sv[key])), append(found.Fields, f)
		}
	}
	comments, alerts := commentsApart(d, s, p.again), alertsApart(d, s)
	if comments != "" {
		differ, found.Fields = append(differ, comments), append(found.Fields, Comments)
	}
	if alerts != "" {
		differ, found.Fields = append(differ, alerts), append(found.Fields, Alerts)
	}
	found.What, found.Fields = strings.Join(differ, "; "), slices.Compact(found.Fields)
	if len(differ) == 0 && len(own) > 0 {
		return Finding{What: strings.Join(own, " and ") + " written in Sentinel, which is not carried", Excused: true}
	}
	return found
}

// unlike says of one key that the sides differ.
func unlike(key, defender, sentinel string) string {
	switch f := FieldOf(key); f {
	case Tags:
		where := Defender
		if defender == "" {
			where = Sentinel
		}
		return fmt.Sprintf("tag %q is in %s only", strings.TrimPrefix(key, tagKey), where)
	case Title, Description: // too long to be told
		return string(f)
	case Status, Verdict, Owner, Severity, Comments, Alerts:
	}
	return fmt.Sprintf("%s is %q in Defender, %q in Sentinel", key, defender, sentinel)
}

// commentsApart says what is not so of the comments, "" if nothing.
func commentsApart(d defenderDocument, s sentinelDocument, again bool) string {
	var defender, sentinel []string
	for _, c := range d.Comments {
		defender = append(defender, c.Text)
	}
	for _, c := range s.Comments {
		sentinel = append(sentinel, c.Properties.Message)
	}
	missing, surplus := uncopied(defender, sentinel)
	switch {
	case missing > 0:
		return fmt.Sprintf("%d comments are on one side only", missing)
	case surplus > 0 && !again:
		return fmt.Sprintf("%d comments were copied too often", surplus)
	}
	return ""
}

// alertsApart says the same of the alerts.
func alertsApart(d defenderDocument, s sentinelDocument) string {
	if want := min(len(d.Alerts), alertsMax); len(s.Relations) != want {
		return fmt.Sprintf("%d of %d alerts are related in Sentinel", len(s.Relations), want)
	}
	return ""
}
