// Package ingestapi uploads rows to Azure Monitor's Logs Ingestion API: one
// request, one answer, and what that answer means. It knows no row, cuts no
// body and retries nothing; package ingest does the first two, exporterhelper
// the last.
//
// Floor 2: it imports azure and nothing else of ours.
package ingestapi
