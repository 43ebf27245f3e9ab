package schema

import "strings"

// Azure's rules for the names and the number of columns.
//
// Source: Azure Monitor, create a custom table, read 2026-11.
const (
	// ColumnNameMax is the longest column name: a letter first, then letters,
	// digits and underscores.
	ColumnNameMax = 45
	// ColumnsMax is how many columns a table may have.
	ColumnsMax = 500
	// StreamsMax is how many streams one data collection rule may have.
	StreamsMax = 10
)

// Reserved lists the column names that Azure keeps for itself in custom
// tables. The slice is the caller's.
//
// Source: Azure Monitor, create a custom table, read 2026-11.
func Reserved() []string {
	return []string{"_ResourceId", "id", "_SubscriptionId", "TenantId", "Type", "UniqueId", "Title"}
}

// Rename is the column that a property goes to in a custom table whose columns
// are the properties themselves: one of Azure's reserved names, in any case,
// loses its leading underscore and gets one at its end. Title becomes Title_,
// _ResourceId becomes ResourceId_. Every other name stays. The encoder gives
// the same underscore to a property that has the name of a column it adds.
func Rename(property string) string {
	for _, name := range Reserved() {
		if strings.EqualFold(property, name) {
			return strings.TrimPrefix(property, "_") + "_"
		}
	}
	return property
}
