// Package template makes what is deployed to Azure, and the pages that tell of
// it, from the columns of internal/schema and the table of internal/entity: ARM
// templates, the form of the portal, docs/tables.md, docs/entities.md and the
// emulator's data collection rule. So a column is added in one place, and `make
// generate` carries it to all others.
//
// It makes texts and does not act on them. Floor 1.
package template
