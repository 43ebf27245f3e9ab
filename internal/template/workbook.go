package template

import (
	"strings"
)

// Types of a workbook's items. Source: Azure Monitor workbooks, gallery
// template format, read 2026-11.
const (
	itemText       = 1
	itemQuery      = 3
	itemParameters = 9

	parameterPicker = 2
	parameterTime   = 4
)

func workbookResource(w workbook) (object, error) {
	gallery, err := plain(notebook(w))
	if err != nil {
		return nil, err
	}
	return object{
		{"type", typeWorkbook},
		{"apiVersion", versionWorkbook},
		{"name", "[guid(" + strings.Trim(workspaceID, "[]") + ", '" + w.ID + "')]"}, // one for each workspace of the group
		{"location", "[parameters('location')]"},
		{"kind", "shared"},
		{"properties", object{
			{"displayName", w.Title},
			{"category", "sentinel"},
			{"sourceId", workspaceID},
			{"version", "Notebook/1.0"},
			{"serializedData", string(gallery)},
		}},
	}, nil
}

// notebook is the workbook as its editor shows it.
func notebook(w workbook) object {
	items := []any{
		text("about", "# "+w.Title+"\n\n"+w.About),
		pickers(w.Tenants),
	}
	for _, s := range w.Sections {
		items = append(items, text(s.Heading, "## "+s.Heading))
		for _, i := range s.Items {
			items = append(items, queryItem(i))
		}
	}
	return object{
		{"version", "Notebook/1.0"},
		{"items", items},
		{"fallbackResourceIds", []any{}},
		{"$schema", "https://github.com/Microsoft/Application-Insights-Workbooks/blob/master/schema/workbook.json"},
	}
}

func text(name, markdown string) object {
	return object{{"type", itemText}, {"content", object{{"json", markdown}}}, {"name", name}}
}

// pickers let people choose a span of time and tenants.
func pickers(tenants string) object {
	hours := func(n int) object { return object{{"durationMs", n * 3_600_000}} }
	return object{
		{"type", itemParameters},
		{"content", object{
			{"version", "KqlParameterItem/1.0"},
			{"parameters", []any{
				object{
					{"id", "6d0f5e55-3a0c-4d1c-9a61-4d5d8a9c9c02"},
					{"version", "KqlParameterItem/1.0"},
					{"name", "TimeRange"},
					{"type", parameterTime},
					{"isRequired", true},
					{"value", hours(14 * 24)},
					{"typeSettings", object{{"selectableValues", []any{hours(24), hours(3 * 24), hours(7 * 24), hours(14 * 24), hours(30 * 24), hours(90 * 24)}}, {"allowCustom", true}}},
				},
				object{
					{"id", "6d0f5e55-3a0c-4d1c-9a61-4d5d8a9c9c03"},
					{"version", "KqlParameterItem/1.0"},
					{"name", "Tenant"},
					{"type", parameterPicker},
					{"isRequired", true},
					{"multiSelect", true},
					{"quote", "'"},
					{"delimiter", ","},
					{"query", tenants},
					{"value", []any{"value::all"}},
					{"typeSettings", object{{"additionalResourceOptions", []any{"value::all"}}, {"selectAllValue", "*"}, {"showDefault", false}}},
					{"timeContextFromParameter", "TimeRange"},
					{"queryType", 0},
					{"resourceType", "microsoft.operationalinsights/workspaces"},
				},
			}},
			{"style", "pills"},
			{"queryType", 0},
			{"resourceType", "microsoft.operationalinsights/workspaces"},
		}},
		{"name", "parameters"},
	}
}

func queryItem(i item) object {
	content := object{
		{"version", "KqlItem/1.0"},
		{"query", i.Query},
		{"size", 0},
		{"title", i.Title},
		{"timeContextFromParameter", "TimeRange"},
		{"queryType", 0},
		{"resourceType", "microsoft.operationalinsights/workspaces"},
		{"visualization", i.Show},
	}
	if i.Show == "table" {
		content = append(content, member{"showExportToExcel", true}, member{"gridSettings", grid(i)})
	}
	if i.Show == "tiles" {
		content = append(content, member{"tileSettings", object{
			{"titleContent", object{{"columnMatch", i.Tile.Title}, {"formatter", 1}}},
			{"leftContent", object{{"columnMatch", i.Tile.Value}, {"formatter", 12}}},
			{"showBorder", true},
		}})
	}
	o := object{{"type", itemQuery}, {"content", content}}
	if i.Width != "" {
		o = append(o, member{"customWidth", i.Width})
	}
	return append(o, member{"name", strings.ToLower(i.Title)})
}

// grid makes links of the columns that are links.
func grid(i item) object {
	const linkFormatter = 7
	formatters := []any{}
	for _, column := range i.Link {
		formatters = append(formatters, object{
			{"columnMatch", column}, {"formatter", linkFormatter}, {"formatOptions", object{{"linkTarget", "Url"}, {"linkLabel", "open"}}},
		})
	}
	return object{{"formatters", formatters}, {"filter", true}, {"rowLimit", 1000}}
}
