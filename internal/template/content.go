package template

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"go.yaml.in/yaml/v3"
)

// function is a saved KQL function.
type function struct {
	Name        string `yaml:"name"`
	Title       string `yaml:"title"`
	Description string `yaml:"description"`
	Parameters  string `yaml:"parameters"`
	// Like names the table whose columns and types it has.
	Like  string `yaml:"like"`
	Query string `yaml:"query"`
}

// hunt is a hunting query.
type hunt struct {
	ID          string   `yaml:"id"`
	Name        string   `yaml:"name"`
	Description string   `yaml:"description"`
	Tactics     []string `yaml:"tactics"`
	Techniques  []string `yaml:"techniques"`
	Query       string   `yaml:"query"`
}

// rule is an analytics rule.
type analyticsRule struct {
	// Extends names the file, without .yaml, whose fields stand for those left
	// out here.
	Extends     string `yaml:"extends"`
	ID          string `yaml:"id"`
	Name        string `yaml:"name"`
	Description string `yaml:"description"`
	Kind        string `yaml:"kind"` // Scheduled or NRT
	Severity    string `yaml:"severity"`
	Frequency   string `yaml:"frequency"` // ISO 8601; of a scheduled rule
	Period      string `yaml:"period"`
	// Alerts are the values of the parameter alerts with which it is deployed;
	// none = with each.
	Alerts []string `yaml:"alerts"`
	// Sync and Credentials say that it is deployed only with syncRules, or
	// with credentials, which its query gets.
	Sync           bool              `yaml:"sync"`
	Credentials    bool              `yaml:"credentials"`
	AlertPerResult bool              `yaml:"alertPerResult"`
	CreateIncident bool              `yaml:"createIncident"`
	GroupBy        []string          `yaml:"groupBy"` // custom details
	CustomDetails  map[string]string `yaml:"customDetails"`
	AlertDetails   alertDetails      `yaml:"alertDetails"`
	Entities       []entityMapping   `yaml:"entities"`
	Query          string            `yaml:"query"`
}

type alertDetails struct {
	Name        string            `yaml:"name"`
	Description string            `yaml:"description"`
	Severity    string            `yaml:"severity"`
	Tactics     string            `yaml:"tactics"`
	Properties  map[string]string `yaml:"properties"`
}

type entityMapping struct {
	Type   string            `yaml:"type"`
	Fields map[string]string `yaml:"fields"`
}

// workbook is the workbook: sections of queries.
type workbook struct {
	ID       string    `yaml:"id"`
	Title    string    `yaml:"title"`
	About    string    `yaml:"about"`
	Tenants  string    `yaml:"tenants"` // the query of the tenant picker
	Sections []section `yaml:"sections"`
}

type section struct {
	Heading string `yaml:"heading"`
	Items   []item `yaml:"items"`
}

type item struct {
	Title string   `yaml:"title"`
	Show  string   `yaml:"show"` // table, tiles, barchart, piechart or timechart
	Width string   `yaml:"width"`
	Link  []string `yaml:"link"` // columns that are links
	Tile  struct {
		Title string `yaml:"title"`
		Value string `yaml:"value"`
	} `yaml:"tile"`
	Query string `yaml:"query"`
}

// content is all of deploy/azure/sentinel.
type content struct {
	functions []function
	rules     []analyticsRule
	hunts     []hunt
	workbook  workbook
}

// readContent reads the sources: functions, rules, hunting and fragments are
// folders, in the order of the files' names.
func readContent(sources fs.FS) (c content, err error) {
	if c.functions, err = readAll[function](sources, "functions"); err != nil {
		return c, err
	}
	if c.hunts, err = readAll[hunt](sources, "hunting"); err != nil {
		return c, err
	}
	if c.rules, err = readRules(sources); err != nil {
		return c, err
	}
	if err := readYAML(sources, "workbook.yaml", &c.workbook); err != nil {
		return c, err
	}
	return c, c.include(sources)
}

func readAll[T any](sources fs.FS, folder string) ([]T, error) {
	names, err := fs.Glob(sources, folder+"/*.yaml")
	if err != nil {
		return nil, err
	}
	all := make([]T, len(names))
	for i, name := range names {
		if err := readYAML(sources, name, &all[i]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// readRules reads the rules over what they extend. A file without a kind is
// no rule by itself.
func readRules(sources fs.FS) (rules []analyticsRule, err error) {
	own, err := readAll[analyticsRule](sources, "rules")
	if err != nil {
		return nil, err
	}
	names, _ := fs.Glob(sources, "rules/*.yaml") // readAll had no fault with it
	for i, name := range names {
		if own[i].Kind == "" {
			continue
		}
		var r analyticsRule
		if own[i].Extends != "" {
			if err := readYAML(sources, "rules/"+own[i].Extends+".yaml", &r); err != nil {
				return nil, err
			}
		}
		if err := readYAML(sources, name, &r); err != nil {
			return nil, err
		}
		rules = append(rules, r)
	}
	return rules, nil
}

func readYAML(sources fs.FS, name string, into any) error {
	text, err := fs.ReadFile(sources, name)
	if err != nil {
		return err
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(into); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read %s: %w", name, err)
	}
	return nil
}

// include puts fragments in the places of the lines that name them.
func (c *content) include(sources fs.FS) (err error) {
	put := func(query *string) {
		if err == nil {
			*query, err = included(sources, strings.TrimSpace(*query), 0)
		}
	}
	for i := range c.functions {
		put(&c.functions[i].Query)
	}
	for i := range c.rules {
		put(&c.rules[i].Query)
	}
	for i := range c.hunts {
		put(&c.hunts[i].Query)
	}
	for _, s := range c.workbook.Sections {
		for i := range s.Items {
			put(&s.Items[i].Query)
		}
	}
	put(&c.workbook.Tenants)
	return err
}

// includeMark begins a line that is replaced by the fragment it names.
const includeMark = "// include "

// includesMax bounds fragments that include fragments.
const includesMax = 5

func included(sources fs.FS, query string, depth int) (string, error) {
	if depth > includesMax {
		return "", errors.New("fragments include one another")
	}
	lines := strings.Split(query, "\n")
	for i, line := range lines {
		name, ok := strings.CutPrefix(line, includeMark)
		if !ok {
			continue
		}
		text, err := fs.ReadFile(sources, path.Join("fragments", name+".kql"))
		if err != nil {
			return "", err
		}
		if lines[i], err = included(sources, strings.TrimSpace(string(text)), depth+1); err != nil {
			return "", err
		}
	}
	return strings.Join(lines, "\n"), nil
}
