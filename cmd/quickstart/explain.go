package main

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator/tally"
)

// explained is what the ledger says of an incident, as far as it is shown here.
type explained struct {
	Parked []struct {
		What   string `json:"what"`
		Reason string `json:"reason"`
	} `json:"parked"`
	Comments struct {
		Parked map[string]string `json:"parked"`
	} `json:"comments"`
	Sides map[string]struct {
		Trouble string `json:"trouble"`
	} `json:"sides"`
}

// explain asks the ledger about incidents on which the sides differ. It is
// asked for reasons, never for whether there is a difference: one whose every
// part is parked is as it must be. A ledger that does not answer explains
// nothing.
func explain(ctx context.Context, s settings, findings []tally.Finding) {
	if !s.bothWays() || s.Extensions.Ledger.Endpoint == "" {
		return
	}
	ledger := newControl("http://" + s.Extensions.Ledger.Endpoint)
	for i := range findings {
		f := &findings[i]
		if f.Excused || i >= findingsShownMax {
			continue
		}
		var e explained
		if err := ledger.call(ctx, http.MethodGet, "/incidents/"+url.PathEscape(f.Incident), "", &e); err != nil {
			continue
		}
		e.add(f)
	}
}

// add tells what is parked and what is in trouble.
func (e explained) add(f *tally.Finding) {
	parked := map[tally.Field]bool{}
	var reasons []string
	for _, p := range e.Parked {
		parked[tally.Field(p.What)] = true
		reasons = append(reasons, p.What+" is parked: "+p.Reason)
	}
	for _, reason := range e.Comments.Parked {
		parked[tally.Comments] = true
		reasons = append(reasons, "comments are parked: "+reason)
	}
	f.Excused = len(f.Fields) > 0
	for _, field := range f.Fields {
		f.Excused = f.Excused && parked[field]
	}
	for _, side := range []string{"defender", "sentinel"} {
		if trouble := e.Sides[side].Trouble; trouble != "" {
			reasons = append(reasons, "writing to "+side+" waits: "+trouble)
		}
	}
	f.What = strings.Join(append([]string{f.What}, reasons...), "; ")
}
