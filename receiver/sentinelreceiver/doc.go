// Package sentinelreceiver polls Azure Resource Manager for the incidents of any
// number of Microsoft Sentinel workspaces and hands them on as log records, each
// revision once, with their comments whenever those changed.
//
// Package window decides what to ask for, package sentinelapi asks, package
// sentinel makes records, package state keeps the cursor. Here is what binds
// them: one goroutine per workspace, its budget of requests, what an error leads
// to, and the rule that carries the weight: the cursor moves after ConsumeLogs
// returned nil, never before, and a revision counts as seen from then on.
//
// A record's observed timestamp is when the request that brought it was begun,
// so that whoever wrote to the service in the meantime can tell what the record
// cannot know.
//
// Reads of comments are few by Microsoft's limits. An incident never waits long
// for its comments: where they cannot be had at once it goes on without them,
// and follows with them as another record.
//
// What can be lost: a row that becomes visible later than `overlap` after its
// own time, a revision that was overwritten between two polls, and that an
// incident was deleted, which no list tells.
//
// Floor 3.
package sentinelreceiver
