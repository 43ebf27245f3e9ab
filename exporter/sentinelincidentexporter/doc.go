// Package sentinelincidentexporter keeps a Sentinel incident in step with each
// Defender incident: it makes it, changes it, closes it, copies comments to it
// and relates the alerts that the shipped rule raises.
//
// ConsumeLogs only tells the ledger what is new (news.go). A writer for each
// workspace (lane.go) looks at what the ledger says is still missing, reads the
// incident, and does it: fields (write.go), merged incidents (redirect.go),
// comments (comment.go), alerts (relation.go). It has no queue and no retry: the
// ledger is its durable outbox. What is to be written is decided by package
// ledger; how fast, by the budgets of the subscription (budgets.go); whether at
// all, by what else brings incidents into the workspace (existing.go).
//
// How a workspace is spoken to is behind [side], so that another way than ARM
// can come beside it.
//
// What can be lost: nothing that the ledger has saved. ConsumeLogs returns its
// error, and the receiver brings the records again.
//
// Floor 3.
package sentinelincidentexporter
