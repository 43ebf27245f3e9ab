package scenario

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// checker compares documents with the contract and remembers which properties it saw filled.
type checker struct {
	contract
	faults map[string]bool
	filled map[string]bool // "type.property"
	odd    bool            // the deliberate unknown subtype, member and property are allowed
}

func newChecker(t *testing.T, odd bool) *checker {
	t.Helper()
	return &checker{contract: loadContract(t), faults: map[string]bool{}, filled: map[string]bool{}, odd: odd}
}

func (c *checker) fault(format string, args ...any) { c.faults[fmt.Sprintf(format, args...)] = true }

// object checks that o has exactly the declared properties, each of its kind.
func (c *checker) object(name string, o object, declared map[string]string) {
	for key := range o {
		if _, ok := declared[key]; !ok && key != "@odata.type" && (!c.odd || key != newProperty) {
			c.fault("%s.%s is not declared", name, key)
		}
	}
	for key, kind := range declared {
		v, ok := o[key]
		if !ok {
			c.fault("%s.%s is missing", name, key)
			continue
		}
		if !empty(v) {
			c.filled[name+"."+key] = true
		}
		c.property(name+"."+key, kind, v)
	}
}

func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case list:
		return len(v) == 0
	case object:
		return len(v) == 0
	}
	return false
}

func (c *checker) property(path, kind string, v any) {
	kind, required := strings.CutSuffix(kind, "!")
	kind, many := strings.CutSuffix(kind, "[]")
	if many {
		items, ok := v.(list)
		if !ok {
			c.fault("%s is %T, want a list", path, v)
		}
		for _, item := range items {
			c.value(path, kind, item)
		}
		return
	}
	if v == nil {
		if required {
			c.fault("%s is null", path)
		}
		return
	}
	c.value(path, kind, v)
}

func (c *checker) value(path, kind string, v any) {
	if members, ok := c.Enums[kind]; ok {
		if !slices.Contains(members, text(v)) && (!c.odd || v != newMember) {
			c.fault("%s is %v, no member of %s", path, v, kind)
		}
		return
	}
	if strings.HasSuffix(kind, "Evidence") {
		c.evidence(path, kind, v)
		return
	}
	for _, group := range []map[string]map[string]string{c.Complex, c.Entities} {
		if declared, ok := group[kind]; ok {
			o, isObject := v.(object)
			switch {
			case !isObject:
				c.fault("%s is %T, want %s", path, v, kind)
			case o["@odata.type"] != nil:
				c.fault("%s has @odata.type, only evidence may", path)
			case kind != "dictionary":
				c.object(kind, o, declared)
			}
			return
		}
	}
	if !primitive(kind, v) {
		c.fault("%s is %T %v, want %s", path, v, v, kind)
	}
}

func (c *checker) evidence(path, kind string, v any) {
	o, _ := v.(object)
	subtype := subtypeOf(o)
	declared := c.properties(subtype)
	switch {
	case c.odd && subtype == newSubtype:
	case declared == nil:
		c.fault("%s is no evidence: %q", path, subtype)
	case kind != "alertEvidence" && kind != subtype:
		c.fault("%s is %s, want %s", path, subtype, kind)
	default:
		c.object(subtype, o, declared)
	}
}

var (
	timePattern = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,6}[1-9])?Z$`)
	guidPattern = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
)

func primitive(kind string, v any) bool {
	switch kind {
	case "String":
		_, ok := v.(string)
		return ok
	case "Boolean":
		_, ok := v.(bool)
		return ok
	case "DateTimeOffset":
		return timePattern.MatchString(text(v))
	case "Guid":
		return guidPattern.MatchString(text(v))
	case "Int32", "Int64":
		bits, _ := strconv.Atoi(kind[3:])
		_, err := strconv.ParseInt(fmt.Sprint(v), 10, bits)
		_, isNumber := v.(json.Number)
		_, isInt := v.(int64)
		return err == nil && (isNumber || isInt)
	case "Double":
		n, ok := v.(json.Number)
		_, err := n.Float64()
		return ok && err == nil
	}
	return false
}

func (c *checker) report(t *testing.T) {
	t.Helper()
	for f := range c.faults {
		t.Error(f)
	}
}

func TestDocumentsKeepTheContract(t *testing.T) {
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			c := newChecker(t, name != "every-type")
			for _, step := range play(t, name, some(name, 60)) {
				c.value("incident", "incident", step.Incident)
			}
			c.report(t)
		})
	}
}

// The checker is only worth something if it notices.
func TestCheckerNotices(t *testing.T) {
	for fault, spoil := range map[string]func(object){
		"incident.summary is missing":                        func(o object) { delete(o, "summary") },
		"incident.tags is not declared":                      func(o object) { o["tags"] = list{} },
		"incident.status is Active, no member":               func(o object) { o["status"] = "Active" },
		"incident.severity is null":                          func(o object) { o["severity"] = nil },
		"incident.priorityScore is float64":                  func(o object) { o["priorityScore"] = 5.0 },
		"incident.customTags is <nil>, want a list":          func(o object) { o["customTags"] = nil },
		"incident.createdDateTime is string":                 func(o object) { o["createdDateTime"] = "2026-11-20T09:30:00.10Z" },
		"alert.evidence is no evidence":                      func(o object) { alertsOf(o)[0]["evidence"] = list{object{}} },
		"incident.alerts has @odata.type, only evidence may": func(o object) { alertsOf(o)[0]["@odata.type"] = odataPrefix + "alert" },
	} {
		c := newChecker(t, false)
		o := play(t, "every-type", settings(1))[0].Incident
		spoil(o)
		c.value("incident", "incident", o)
		if len(c.faults) != 1 || !strings.HasPrefix(fmt.Sprint(c.faults), "map["+fault) {
			t.Errorf("want %q, got %v", fault, c.faults)
		}
	}
}

func TestEveryTypeFillsEveryProperty(t *testing.T) {
	c := newChecker(t, false)
	onTop := map[string]bool{}
	for _, step := range play(t, "every-type", settings(0)) {
		c.value("incident", "incident", step.Incident)
		for _, alert := range alertsOf(step.Incident) {
			items, _ := alert["evidence"].(list)
			for _, item := range items {
				o, _ := item.(object)
				onTop[subtypeOf(o)] = true
			}
		}
	}
	for subtype := range c.Evidence {
		if !onTop[subtype] {
			t.Errorf("%s never hangs on an alert itself", subtype)
		}
		for property := range c.properties(subtype) {
			if !c.filled[subtype+"."+property] {
				t.Errorf("%s.%s is never filled", subtype, property)
			}
		}
	}
	for name, declared := range c.Complex {
		for property := range declared {
			if !c.filled[name+"."+property] {
				t.Errorf("%s.%s is never filled", name, property)
			}
		}
	}
}

func TestLifeFillsEveryPropertyOfIncidentsAndAlerts(t *testing.T) {
	c := newChecker(t, true)
	for _, step := range lifeOf(t) {
		c.value("incident", "incident", step.Incident)
	}
	c.report(t)
	for name, declared := range c.Entities {
		for property := range declared {
			if !c.filled[name+"."+property] {
				t.Errorf("%s.%s is never filled", name, property)
			}
		}
	}
}
