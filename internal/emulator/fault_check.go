package emulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	tinyPageRows = 3
	slowMax      = 10 * time.Minute
)

// ParsePlan reads a plan; a field or kind it does not know is an error, as is
// anything after the document.
func ParsePlan(data []byte) (Plan, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	var plan Plan
	if err := decoder.Decode(&plan); err != nil {
		return Plan{}, fmt.Errorf("read fault plan: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return Plan{}, errors.New("read fault plan: something follows the document")
	}
	return plan, plan.Validate()
}

// Validate reports everything that is wrong with the plan at once.
func (p Plan) Validate() error {
	var faults []error
	for i, f := range p.Faults {
		for _, problem := range f.problems() {
			faults = append(faults, fmt.Errorf("fault %d (%s): %s", i+1, f.Kind, problem))
		}
	}
	return errors.Join(faults...)
}

func (f Fault) problems() []string {
	var problems []string
	check := func(good bool, format string, values ...any) {
		if !good {
			problems = append(problems, fmt.Sprintf(format, values...))
		}
	}
	check(slices.Contains(faultKinds(), f.Kind), "\"kind\" must be one of %v, got %q", faultKinds(), f.Kind)
	check(f.Service == "" || slices.Contains(services(), service(f.Service)),
		"\"service\" must be one of %v, got %q", services(), f.Service)
	check(f.Tenant == "" || isGUID(f.Tenant), "\"tenant\" must be a GUID, got %q", f.Tenant)
	check(f.Operation == "" || slices.Contains(operations(), operation(f.Operation)),
		"\"operation\" must be one of %v, got %q", operations(), f.Operation)
	check(f.rate() >= 0 && f.rate() <= 1, "\"rate\" must be between 0 and 1, got %v", f.rate())
	check(f.Count >= 0 && f.Bytes >= 0 && f.Rows >= 0 && f.Delay >= 0, "no number may be negative")
	check(f.Body == "" || f.Body == "json" || f.Body == "html" || f.Body == "empty",
		"\"body\" must be json, html or empty, got %q", f.Body)
	check(f.AppliesTo == "" || f.AppliesTo == "compressed" || f.AppliesTo == "uncompressed",
		"\"applies_to\" must be compressed or uncompressed, got %q", f.AppliesTo)
	seconds, err := strconv.Atoi(strings.TrimPrefix(f.RetryAfter, "date:"))
	check(f.RetryAfter == "" || err == nil && seconds >= 0, "\"retry_after\" must be seconds or date:SECONDS, got %q", f.RetryAfter)
	return append(problems, f.missing()...)
}

// missing names the fields that the kind cannot do without.
func (f Fault) missing() []string {
	need := func(good bool, text string) []string {
		if good {
			return nil
		}
		return []string{text}
	}
	switch f.Kind {
	case FaultStatus:
		return need(f.Status >= 400 && f.Status <= 599, fmt.Sprintf("\"status\" must be between 400 and 599, got %d", f.Status))
	case FaultLate, FaultStaleRead:
		return need(f.Delay > 0 && time.Duration(f.Delay) <= lateMax, fmt.Sprintf("\"delay\" must be above 0 and at most %v", lateMax))
	case FaultSlow:
		return need(f.Delay > 0 && time.Duration(f.Delay) <= slowMax, fmt.Sprintf("\"delay\" must be above 0 and at most %v", slowMax))
	case FaultPoison:
		return need(len(f.IDs) > 0, "\"ids\" must name at least one incident")
	case FaultForeignNextLink:
		return need(f.Host != "", "\"host\" must name the other host")
	case FaultBodyLimit:
		return need(f.Bytes > 0, "\"bytes\" must be above 0")
	case FaultCut, FaultTinyPages, FaultTies, FaultShuffle, FaultNoNextLink, FaultNextLinkLast, FaultSkipLimit,
		FaultRefuseNextLink, FaultExpandFails, FaultIgnoreOrderBy, FaultPartial, FaultExpireTokens,
		FaultWithdrawRoles, FaultUnprovisioned, FaultLostAnswer, FaultStaleAnswer, FaultNoEffect, FaultRewrite, FaultEtagConflict:
	}
	return nil
}

func faultKinds() []FaultKind {
	return []FaultKind{
		FaultStatus, FaultCut, FaultSlow, FaultTinyPages, FaultLate, FaultTies, FaultShuffle, FaultNoNextLink,
		FaultNextLinkLast, FaultSkipLimit, FaultRefuseNextLink, FaultForeignNextLink, FaultExpandFails, FaultPoison,
		FaultIgnoreOrderBy, FaultPartial, FaultExpireTokens, FaultWithdrawRoles, FaultUnprovisioned, FaultBodyLimit,
		FaultLostAnswer, FaultStaleAnswer, FaultStaleRead, FaultNoEffect, FaultRewrite, FaultEtagConflict,
	}
}
