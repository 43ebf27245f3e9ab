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
	Incident string // of Defender, or the name of a Sentinel incident without one
	Excused  bool   // it is as it must be
	What     string // one line for people
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
		what, excused := l.compare(l.pair(key, d.ID), d, twins[key])
		delete(twins, key)
		if what == "" {
			a.Agree++
			continue
		}
		a.Findings = append(a.Findings, Finding{Incident: d.ID, Excused: excused, What: what})
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

// compare says what is not the same, "" if nothing, and whether it must be so.
func (l *Life) compare(p *pair, d defenderDocument, twins []sentinelDocument) (what string, excused bool) {
	switch {
	case len(twins) > 1:
		return fmt.Sprintf("is %d times in Sentinel", len(twins)), false
	case len(twins) == 0 && d.Status == "redirected":
		return "merged into " + d.Redirect + " before it came to Sentinel", true
	case len(twins) == 0 && p.removed:
		return "deleted in Sentinel by a person, and stays so", true
	case len(twins) == 0:
		return "is not in Sentinel", false
	case d.Status == "redirected":
		return closed(p, d, twins[0])
	}
	return l.fields(p, d, twins[0])
}

// closed is how the twin of a merged incident must be.
func closed(p *pair, d defenderDocument, s sentinelDocument) (what string, excused bool) {
	if s.Properties.Status == "Closed" && s.Properties.marked() || p.reopened {
		return "merged into " + d.Redirect + ", closed in Sentinel", true
	}
	return fmt.Sprintf("merged into %s, but %s in Sentinel", d.Redirect, s.Properties.Status), false
}

func (l *Life) fields(p *pair, d defenderDocument, s sentinelDocument) (what string, excused bool) {
	var differ, own []string
	dv, sv := d.values(l.People), s.Properties.values()
	for _, key := range keys(dv, sv) {
		switch f := fieldOf(key); {
		case dv[key] == sv[key]:
		case p.titled[f]:
			own = append(own, string(f))
		default:
			differ = append(differ, unlike(key, dv[key], sv[key]))
		}
	}
	differ = append(differ, rest(d, s, p.again)...)
	switch {
	case len(differ) > 0:
		return strings.Join(differ, "; "), false
	case len(own) > 0:
		return strings.Join(own, " and ") + " written in Sentinel, which is not carried", true
	}
	return "", false
}

// unlike says of one key that the sides differ.
func unlike(key, defender, sentinel string) string {
	switch f := fieldOf(key); f {
	case Tags:
		where := Defender
		if defender == "" {
			where = Sentinel
		}
		return fmt.Sprintf("tag %q is in %s only", strings.TrimPrefix(key, tagKey), where)
	case Title, Description: // too long to be told
		return string(f)
	case Status, Verdict, Owner, Severity:
	}
	return fmt.Sprintf("%s is %q in Defender, %q in Sentinel", key, defender, sentinel)
}

// rest compares what hangs on an incident.
func rest(d defenderDocument, s sentinelDocument, again bool) (differ []string) {
	var defender, sentinel []string
	for _, c := range d.Comments {
		defender = append(defender, c.Text)
	}
	for _, c := range s.Comments {
		sentinel = append(sentinel, c.Properties.Message)
	}
	missing, surplus := uncopied(defender, sentinel)
	if missing > 0 {
		differ = append(differ, fmt.Sprintf("%d comments are on one side only", missing))
	}
	if surplus > 0 && !again {
		differ = append(differ, fmt.Sprintf("%d comments were copied too often", surplus))
	}
	if want := min(len(d.Alerts), alertsMax); len(s.Relations) != want {
		differ = append(differ, fmt.Sprintf("%d of %d alerts are related in Sentinel", len(s.Relations), want))
	}
	return differ
}
