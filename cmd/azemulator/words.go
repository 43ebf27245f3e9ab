package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

// announce says in plain words what is served and what will go wrong.
func announce(out io.Writer, o options, s *sockets, e *emulator.Emulator) {
	fmt.Fprintf(out, `Azure emulator, everything in memory, this machine only.
  Services (sign-in, Graph, ARM, logs):      https://%s
  Certificate authority to trust:            %s
  Control interface:                         http://%s/control/summary
  Both queues, to look at and to edit:       http://%s/
  Sign in with any tenant GUID, any client GUID and the secret %q; tenant %s is the usual one.
`, s.services.Addr(), s.authority, s.control.Addr(), s.control.Addr(), emulator.Secret, emulator.DefaultTenant)
	streams := map[string][]string{}
	var rules []string
	for _, stream := range e.Streams() {
		if streams[stream.Rule] == nil {
			rules = append(rules, stream.Rule)
		}
		streams[stream.Rule] = append(streams[stream.Rule], stream.Name)
	}
	for _, rule := range rules {
		fmt.Fprintf(out, "  Data collection rule %s takes %s.\n", rule, strings.Join(streams[rule], ", "))
	}
	fmt.Fprintf(out, "  Scenario: %s. Accepted rows are: %s. Seed: %d.\n", o.scenario, map[string]string{
		"keep": "kept", "count": "counted only",
	}[o.rows], o.seed)
	for _, w := range e.Workspaces() {
		fmt.Fprintf(out, "  Workspace %s of tenant %s is %s.\n", w.ResourceID, w.TenantID, w.State)
	}
	if o.graphRPM > 0 {
		fmt.Fprintf(out, "  Graph answers at most %d requests in any minute of a tenant, then 429.\n", o.graphRPM)
	}
	announceFaults(out, e.FaultState())
}

func announceFaults(out io.Writer, state emulator.FaultState) {
	if len(state.Words) == 0 {
		fmt.Fprintln(out, "  Faults: none.")
		return
	}
	fmt.Fprintf(out, "  Faults, from seed %d:\n", state.Seed)
	for _, line := range state.Words {
		fmt.Fprintln(out, "    -", line)
	}
}
