// Package incidentledgerextension holds the ledger that both incident exporters
// write by: what the two sides of each incident last agreed on, what is still
// to be written, and why.
//
// It opens the ledger over a storage extension, keeps its lease, forgets what
// was closed long ago, and explains: every decision is a debug record of the
// collector's log and stands in its entry, which an optional endpoint shows.
// The rules are internal/ledger's and internal/reconcile's; nothing is decided
// here.
//
// What can be lost: nothing that was acknowledged, while `storage` names an
// extension that keeps what it is given. Without `storage` a restart begins as
// after the loss of a ledger: both sides are read again, and where they differ
// the policy decides without knowing what was agreed.
//
// The endpoint shows values, people's names and comments among them; the log
// does not (log.go).
//
// Floor 3.
package incidentledgerextension
