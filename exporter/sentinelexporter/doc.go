// Package sentinelexporter writes log records into Microsoft Sentinel tables
// over the Logs Ingestion API: Defender incidents, alerts, their entities and
// originals, rows of hunting tables, and the records of any other pipeline.
//
// It decides whose workspace a record goes to (route.go), when a refused
// stream may be tried again (hold.go) and what is given up and kept on disk
// (letters.go). It does not know columns, rows or Azure's size limits: those
// are internal/ingest's. It does not queue or retry: that is exporterhelper's,
// which is handed back exactly the records that failed.
//
// What can be lost: nothing while sending_queue has a storage and
// retry_on_failure has no max_elapsed_time, except records that Azure will
// never take; those are written to dead_letter, or counted by reason when it
// names no directory or is full.
//
// Floor 3.
package sentinelexporter
