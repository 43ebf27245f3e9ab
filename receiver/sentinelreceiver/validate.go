package sentinelreceiver

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/sentinel"
)

// nameBytesMax bounds a workspace's name, which becomes an attribute of metrics.
const nameBytesMax = 128

// Validate reports every fault at once, save those of the azure block, which
// the collector asks itself.
func (c *Config) Validate() error {
	errs := []error{c.Azure.Require(azure.ServiceARM)}
	if !slices.Contains([]string{scopeLinked, scopeAll}, c.Scope) {
		errs = append(errs, fmt.Errorf(`"scope" must be linked or all, got %q`, c.Scope))
	}
	errs = append(errs, c.validateTimes()...)
	for _, n := range []struct {
		key string
		got int
	}{{"requests_per_minute", c.RequestsPerMinute}, {"comment_reads", c.CommentReads}} {
		if n.got < 0 {
			errs = append(errs, fmt.Errorf(`%q must not be negative, got %d`, n.key, n.got))
		}
	}
	if c.SeenIncidents < minSeen || c.SeenIncidents > maxSeen {
		errs = append(errs, fmt.Errorf(`"seen_incidents" must be between %d and %d, got %d`, minSeen, maxSeen, c.SeenIncidents))
	}
	if c.TenantID != "" && !isGUID(c.TenantID) {
		errs = append(errs, fmt.Errorf(`"tenant_id" must be a GUID, got %q`, c.TenantID))
	}
	return errors.Join(append(errs, c.validateWorkspaces()...)...)
}

func (c *Config) validateTimes() []error {
	var errs []error
	atLeast := func(key string, got, least time.Duration) {
		if got < least {
			errs = append(errs, fmt.Errorf(`%q must be at least %s, got %s`, key, least, got))
		}
	}
	atLeast("poll_interval", c.PollInterval, minPollInterval)
	atLeast("initial_lookback", c.InitialLookback, 0)
	atLeast("overlap", c.Overlap, 0)
	if c.ResyncInterval != 0 {
		atLeast("resync_interval", c.ResyncInterval, minResync)
	}
	if c.InitialLookback > maxLookback {
		errs = append(errs, fmt.Errorf(`"initial_lookback" must be at most %s, got %s`, maxLookback, c.InitialLookback))
	}
	if c.Overlap > c.InitialLookback && c.Azure.Cloud != azure.CloudCustom {
		errs = append(errs, fmt.Errorf(`"overlap" must be at most "initial_lookback" %s, got %s`, c.InitialLookback, c.Overlap))
	}
	return errs
}

func (c *Config) validateWorkspaces() []error {
	if len(c.Workspaces) == 0 {
		return []error{errors.New(`"workspaces" must not be empty`)}
	}
	var errs []error
	wrong := func(i int, key, format string, args ...any) {
		errs = append(errs, fmt.Errorf(`"workspaces::%d::%s" `+format, append([]any{i, key}, args...)...))
	}
	ids, names := map[sentinel.Workspace]bool{}, map[string]bool{}
	for i, w := range c.Workspaces {
		id, err := sentinel.ParseWorkspace(w.ResourceID)
		switch {
		case err != nil:
			wrong(i, "resource_id", "must be %w", err)
		case ids[id]:
			wrong(i, "resource_id", "must not come twice, got %q", w.ResourceID)
		}
		ids[id] = true
		switch {
		case w.TenantID == "" && c.TenantID == "":
			wrong(i, "tenant_id", "must be set, here or for the receiver: a token is asked of the workspace's tenant")
		case w.TenantID != "" && !isGUID(w.TenantID):
			wrong(i, "tenant_id", "must be a GUID, got %q", w.TenantID)
		}
		switch w.Mode {
		case "", modeAuto, modeARM:
		case modeGraph:
			wrong(i, "mode", `must be auto or arm: "graph", for a workspace onboarded to the Defender portal, is not built yet`)
		default:
			wrong(i, "mode", "must be auto or arm, got %q", w.Mode)
		}
		switch {
		case w.Name == "":
		case len(w.Name) > nameBytesMax || strings.ContainsFunc(w.Name, func(r rune) bool { return !unicode.IsPrint(r) }):
			wrong(i, "name", "must be printable and at most %d bytes long, got %q", nameBytesMax, w.Name)
		case names[w.Name]:
			wrong(i, "name", "must not come twice, got %q", w.Name)
		}
		names[w.Name] = true
	}
	return errs
}

// isGUID accepts the one form that Entra shows: 36 characters with hyphens.
func isGUID(s string) bool {
	_, err := uuid.Parse(s)
	return err == nil && len(s) == 36
}

// places are the workspaces of a valid configuration, each with what it inherits
// and under a label that no other has.
func (c *Config) places() []place {
	taken := map[string]int{}
	for _, w := range c.Workspaces {
		if w.Name != "" {
			taken[w.Name]++
			continue
		}
		id, _ := sentinel.ParseWorkspace(w.ResourceID) // it was checked
		taken[id.Name]++
	}
	var places []place
	for _, w := range c.Workspaces {
		p := place{WorkspaceConfig: w, tenantID: strings.ToLower(w.TenantID), label: w.Name}
		p.workspace, _ = sentinel.ParseWorkspace(w.ResourceID)
		if p.tenantID == "" {
			p.tenantID = strings.ToLower(c.TenantID)
		}
		if p.label == "" && taken[p.workspace.Name] == 1 {
			p.label = p.workspace.Name
		}
		if p.label == "" {
			p.label = p.workspace.String()
		}
		places = append(places, p)
	}
	return places
}
