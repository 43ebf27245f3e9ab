package sentinelexporter

import (
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/google/uuid"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ingest"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/schema"
)

// streamsPerRule is Azure's limit.
// Source: Azure Monitor service limits, data collection rules, read 2026-11.
const streamsPerRule = 10

var (
	immutableIDPattern = regexp.MustCompile(`^dcr-[0-9a-f]{32}$`)
	streamPattern      = regexp.MustCompile(`^(Custom|Microsoft)-[A-Za-z0-9_-]+$`)
)

// Validate reports every fault of the exporter's own keys at once. The blocks
// of exporterhelper and azure are checked by their own Validate.
func (c *Config) Validate() error {
	faults := []error{c.Azure.Require(azure.ServiceIngestion)}
	if len(c.Destinations) == 0 {
		faults = append(faults, errors.New(`"destinations" must not be empty`))
	}
	for i := range c.Destinations {
		for _, err := range c.destinationFaults(i) {
			faults = append(faults, fmt.Errorf("destinations::%d: %w", i, err))
		}
	}
	for i, s := range c.Streams {
		for _, err := range s.faults(c.listed()) {
			faults = append(faults, fmt.Errorf("streams::%d: %w", i, err))
		}
	}
	if c.DefaultStream != "" && c.DefaultStream != schema.StreamOTelLogs && !slices.Contains(c.listed(), c.DefaultStream) {
		faults = append(faults, fmt.Errorf(`"default_stream" must be listed by a rule, or empty, got %q`, c.DefaultStream))
	}
	if c.LimitAppliesTo != limitUncompressed && c.LimitAppliesTo != limitCompressed {
		faults = append(faults, fmt.Errorf(`"limit_applies_to" must be uncompressed or compressed, got %q`, c.LimitAppliesTo))
	}
	if c.DeadLetter.MaxSizeMiB < 1 {
		faults = append(faults, fmt.Errorf(`"dead_letter::max_size_mib" must be at least 1, got %d`, c.DeadLetter.MaxSizeMiB))
	}
	return errors.Join(faults...)
}

// listed returns every stream that some rule lists.
func (c *Config) listed() []string {
	var streams []string
	for _, d := range c.Destinations {
		streams = append(streams, d.streams()...)
	}
	return streams
}

func (d DestinationConfig) streams() []string {
	var streams []string
	for _, r := range d.Rules {
		streams = append(streams, r.Streams...)
	}
	return streams
}

func (c *Config) destinationFaults(i int) []error {
	d := c.Destinations[i]
	var faults []error
	if len(d.Tenants) == 0 && i < len(c.Destinations)-1 {
		faults = append(faults, errors.New(`a destination without "tenants" takes every tenant and must be the last`))
	}
	if slices.Contains(d.Tenants, "") {
		faults = append(faults, errors.New(`"tenants" must not hold an empty entry`))
	}
	for j, t := range d.Tenants {
		if slices.Contains(d.Tenants[:j], t) {
			faults = append(faults, fmt.Errorf(`"tenants" lists %q twice`, t))
		}
		if uuid.Validate(t) == nil && !isTenantID(t) {
			faults = append(faults, fmt.Errorf(`"tenants" must write a tenant id with hyphens and without braces, got %q`, t))
		}
	}
	if c.tenantOf(i) == "" && isApplication(c.credentialOf(i)) {
		faults = append(faults, errors.New(`"tenant_id" must be set, here or for the exporter: an application's token is asked from the workspace's tenant`))
	}
	for _, t := range unreachable(c.Destinations, i) {
		faults = append(faults, fmt.Errorf(`"tenants" lists %q, whose records an earlier destination takes`, t))
	}
	if len(d.Rules) == 0 {
		faults = append(faults, errors.New(`"rules" must not be empty`))
	}
	for j, r := range d.Rules {
		for _, err := range append(r.faults(c.Azure), d.repeats(j)...) {
			faults = append(faults, fmt.Errorf("rules::%d: %w", j, err))
		}
	}
	streams := d.streams()
	for _, s := range []string{schema.StreamIncident, schema.StreamAlert} {
		if slices.Contains(streams, s) && !slices.Contains(streams, schema.StreamOriginal) {
			faults = append(faults, fmt.Errorf(`"streams" must list %s beside %s, or originals over 60,000 bytes would be lost`, schema.StreamOriginal, s))
			break
		}
	}
	return faults
}

// tenantOf is the Entra tenant that destination i's token is asked from.
func (c *Config) tenantOf(i int) string {
	if own := c.Destinations[i].TenantID; own != "" {
		return own
	}
	return c.TenantID
}

func (c *Config) credentialOf(i int) azure.CredentialConfig {
	if own := c.Destinations[i].Credential; !own.IsZero() {
		return own
	}
	return c.Azure.Credential
}

// isApplication is true for the identities that do not know their tenant.
func isApplication(c azure.CredentialConfig) bool {
	return c.ClientSecret.HasValue() || c.Certificate.HasValue() || c.Federated.HasValue()
}

// repeats reports what rule j shares with the rules before it.
func (d DestinationConfig) repeats(j int) []error {
	var faults []error
	for _, earlier := range d.Rules[:j] {
		if earlier.ImmutableID == d.Rules[j].ImmutableID {
			faults = append(faults, fmt.Errorf(`"immutable_id" %s is listed twice`, earlier.ImmutableID))
		}
		for _, s := range d.Rules[j].Streams {
			if slices.Contains(earlier.Streams, s) {
				faults = append(faults, fmt.Errorf(`"streams" lists %s, which another rule of the destination lists`, s))
			}
		}
	}
	return faults
}

func (r RuleConfig) faults(cloud azure.Config) []error {
	faults := []error{cloud.CheckIngestionEndpoint(r.Endpoint)}
	if !immutableIDPattern.MatchString(r.ImmutableID) {
		faults = append(faults, fmt.Errorf(`"immutable_id" must be dcr- and 32 hexadecimal digits in lower case (the DCR's immutableId, not its name or id), got %q`, r.ImmutableID))
	}
	if n := len(r.Streams); n < 1 || n > streamsPerRule {
		faults = append(faults, fmt.Errorf(`"streams" must list 1 to %d streams, got %d`, streamsPerRule, n))
	}
	for i, s := range r.Streams {
		if !streamPattern.MatchString(s) {
			faults = append(faults, fmt.Errorf(`"streams" must hold names like Custom-… or Microsoft-…, got %q`, s))
		}
		if slices.Contains(r.Streams[:i], s) {
			faults = append(faults, fmt.Errorf(`"streams" lists %s twice`, s))
		}
	}
	for _, s := range r.AuxiliaryStreams {
		if !slices.Contains(r.Streams, s) {
			faults = append(faults, fmt.Errorf(`"auxiliary_streams" must be among "streams", got %s`, s))
		}
	}
	return slices.DeleteFunc(faults, func(err error) bool { return err == nil })
}

func (s StreamConfig) faults(listed []string) []error {
	var faults []error
	switch {
	case s.EventName == "" && !s.Attribute.HasValue():
		faults = append(faults, errors.New(`"event_name" or "attribute" must be set`))
	case s.EventName != "" && s.Attribute.HasValue():
		faults = append(faults, errors.New(`"event_name" and "attribute" exclude each other`))
	case s.Attribute.HasValue() && s.Attribute.Get().Key == "":
		faults = append(faults, errors.New(`"attribute::key" must be set`))
	}
	if !slices.Contains(listed, s.Stream) {
		faults = append(faults, fmt.Errorf(`"stream" must be listed by a rule, got %q`, s.Stream))
	}
	if _, ok := ingest.ParseRow(s.Row); s.Row != "" && !ok {
		faults = append(faults, fmt.Errorf(`"row" must be original, body or otel, got %q`, s.Row))
	}
	return faults
}
