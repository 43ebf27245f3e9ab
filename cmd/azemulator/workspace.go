package main

import (
	"fmt"
	"strings"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

// parseWorkspace reads RESOURCE_ID[,tenant=GUID][,state=STATE].
func parseWorkspace(text string) (emulator.Workspace, error) {
	id, rest, more := strings.Cut(text, ",")
	w := emulator.Workspace{ResourceID: id}
	for more {
		var option string
		option, rest, more = strings.Cut(rest, ",")
		name, value, _ := strings.Cut(option, "=")
		switch name {
		case "tenant":
			w.TenantID = value
		case "state":
			w.State = emulator.WorkspaceState(value)
		default:
			return w, fmt.Errorf("want tenant=GUID or state=STATE after the resource id, got %q", option)
		}
	}
	return w, nil
}

// parseOwners reads A=B,C=D, in lower case.
func parseOwners(text string) (map[string]string, error) {
	owners := map[string]string{}
	for part := range strings.SplitSeq(strings.ToLower(text), ",") {
		defender, sentinel, _ := strings.Cut(part, "=")
		if defender == "" || sentinel == "" || owners[defender] != "" {
			return nil, fmt.Errorf("want DEFENDER=SENTINEL pairs of different owners, got %q", part)
		}
		owners[defender] = sentinel
	}
	return owners, nil
}
