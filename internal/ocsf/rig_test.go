package ocsf_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/entity"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ocsf"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// schema is testdata/ocsf-1.8.0.json.
type schema struct {
	Version     string
	Classes     map[string]group
	Objects     map[string]group
	Types       map[string]scalar
	Observables map[string]string
}

type group struct {
	ClassUID    int64  `json:"class_uid"`
	CategoryUID int64  `json:"category_uid"`
	Caption     string `json:"caption"`
	Attributes  map[string]attribute
	Constraints map[string][]string
}

type attribute struct {
	Type, Object, Requirement, Profile string
	Array, Deprecated                  bool
	Enum                               map[string]string
}

type scalar struct {
	Base   string
	Regex  string
	MaxLen int `json:"max_len"`
	Range  []int64
}

// graphTypes is what Graph says of alerts and incidents.
type graphTypes struct {
	Alert, Incident map[string]string
	Enums           map[string][]string
}

func read[T any](t testing.TB, elem ...string) (out T) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(elem...))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &out))
	return out
}

func facts(t testing.TB) schema { return read[schema](t, "testdata", "ocsf-1.8.0.json") }
func graph(t testing.TB) graphTypes {
	return read[graphTypes](t, "..", "entity", "testdata", "alert-and-incident.json")
}

func now() time.Time { return time.Date(2026, 11, 23, 21, 0, 0, 0, time.UTC) }

func parse(t testing.TB, text string) pcommon.Value {
	t.Helper()
	var d record.Document
	require.NoError(t, d.Parse([]byte(text)))
	body := pcommon.NewValueEmpty()
	d.Build(body)
	return body
}

// detectionOf is an alert as an event, checked against the schema.
func detectionOf(t testing.TB, alert string) map[string]any {
	t.Helper()
	body := parse(t, alert)
	m, entities := entity.NewMapper(), &entity.Entities{}
	_ = m.Map(record.Origin{Cloud: "public", TenantID: "t-1"}, body.Map(), entities, m.NewTally())
	to := pcommon.NewMap()
	ocsf.WriteDetection(ocsf.Finding{
		Body: body.Map(), Entities: entity.Parse(entities.JSON()), Dropped: entities.Dropped(), UID: "uid-1", Time: now(),
	}, to)
	require.JSONEq(t, alert, string(record.AppendJSON(nil, body)), "the alert is not changed")
	return checked(t, "detection_finding", to)
}

func incidentOf(t testing.TB, incident string, alertIDs ...string) map[string]any {
	t.Helper()
	body := parse(t, incident)
	to := pcommon.NewMap()
	ocsf.WriteIncident(ocsf.Finding{Body: body.Map(), AlertIDs: alertIDs, UID: "uid-1", Time: now()}, to)
	require.JSONEq(t, incident, string(record.AppendJSON(nil, body)), "the incident is not changed")
	return checked(t, "incident_finding", to)
}

// checked is an event in raw form after it was held against its class.
func checked(t testing.TB, className string, event pcommon.Map) map[string]any {
	t.Helper()
	raw := event.AsRaw()
	s := facts(t)
	class := s.Classes[className]
	require.Equal(t, class.ClassUID, raw["class_uid"])
	require.Equal(t, class.CategoryUID, raw["category_uid"])
	require.Equal(t, class.ClassUID*100+raw["activity_id"].(int64), raw["type_uid"])
	require.Equal(t, class.Caption, raw["class_name"])
	require.Equal(t, s.Version, raw["metadata"].(map[string]any)["version"])
	c := checker{t, s, map[string]bool{"incident": true}}
	c.group(className, class, raw)
	return raw
}

// checker holds values against the schema.
type checker struct {
	t        testing.TB
	schema   schema
	profiles map[string]bool
}

func (c checker) group(path string, g group, have map[string]any) {
	c.t.Helper()
	for name, a := range g.Attributes {
		if a.Requirement == "required" && (a.Profile == "" || c.profiles[a.Profile]) {
			require.Contains(c.t, have, name, "%s misses a required attribute", path)
		}
	}
	for kind, names := range g.Constraints {
		n := 0
		for _, name := range names {
			if _, ok := have[name]; ok {
				n++
			}
		}
		require.True(c.t, n == 1 || n > 1 && kind == "at_least_one", "%s needs %s of %v: %v", path, kind, names, have)
	}
	for name, value := range have {
		a, ok := g.Attributes[name]
		require.True(c.t, ok, "%s has no attribute %s", path, name)
		require.True(c.t, a.Profile == "" || c.profiles[a.Profile], "%s.%s needs a profile: %s", path, name, a.Profile)
		require.False(c.t, a.Deprecated, "%s.%s is deprecated", path, name)
		c.attribute(path+"."+name, a, value)
		c.caption(path, name, a, have)
	}
}

// caption wants the caption beside a number, and the source's word beside 99.
func (c checker) caption(path, name string, a attribute, have map[string]any) {
	sibling, isID := strings.CutSuffix(name, "_id")
	if sibling == "activity" {
		sibling = "activity_name"
	}
	id, isInt := have[name].(int64)
	if !isID || !isInt || a.Enum == nil {
		return
	}
	if id == 99 {
		require.NotEmpty(c.t, have[sibling], "%s.%s", path, sibling)
		return
	}
	require.Equal(c.t, a.Enum[strconv.FormatInt(id, 10)], have[sibling], "%s.%s", path, sibling)
}

func (c checker) attribute(path string, a attribute, value any) {
	if !a.Array {
		c.value(path, a, value)
		return
	}
	list, ok := value.([]any)
	require.True(c.t, ok, "%s is no array", path)
	require.NotEmpty(c.t, list, path)
	for _, element := range list {
		c.value(path+"[]", a, element)
	}
}

func (c checker) value(path string, a attribute, value any) {
	if a.Object == "object" || a.Type == "json_t" {
		return
	}
	if a.Object != "" {
		o, ok := value.(map[string]any)
		require.True(c.t, ok, "%s is no object", path)
		g, known := c.schema.Objects[a.Object]
		require.True(c.t, known, "%s: the facts lack the object %s", path, a.Object)
		c.group(path, g, o)
		return
	}
	if a.Enum != nil {
		require.Contains(c.t, a.Enum, fmt.Sprint(value), path)
	}
	c.scalar(path, c.schema.Types[a.Type], value)
}

func (c checker) scalar(path string, of scalar, value any) {
	switch of.Base {
	case "string_t":
		s, ok := value.(string)
		require.True(c.t, ok, "%s is no string: %v", path, value)
		require.NotEmpty(c.t, s, path)
		if of.MaxLen > 0 {
			require.LessOrEqual(c.t, len(s), of.MaxLen, path)
		}
		if of.Regex != "" {
			require.Regexp(c.t, of.Regex, s, path)
		}
	case "integer_t", "long_t":
		n, ok := value.(int64)
		require.True(c.t, ok, "%s is no integer: %v", path, value)
		if of.Range != nil {
			require.True(c.t, n >= of.Range[0] && n <= of.Range[1], path)
		}
	case "boolean_t":
		require.IsType(c.t, true, value, path)
	case "float_t":
		require.IsType(c.t, 0.5, value, path)
	default:
		c.t.Fatalf("%s is of an unknown type %s", path, of.Base)
	}
}
