// Package ledger keeps, for every incident that is kept in step, what both
// sides agreed on, the last news of each, what is still to be written, and why.
//
// An [Entry] is one incident in one workspace. Its methods are pure: they take
// news, the time among them, and change the value; they hold the rules that
// keep two writers, stale answers, kills and lost records from destroying an
// edit. [Ledger] keeps entries over a storage extension, hands one entry to one
// writer at a time, and knows which is due.
//
// A writer works like this, with a save after every step that changes the
// entry:
//
//	work := ledger.Next(lane)        // locked; nobody else works it
//	reading := work.Begin(now)       // then read the own side
//	work.Read(reading, snapshot)     // what was read; an unanswered write is resolved
//	plan := work.Plan(now)           // what the own side is to hold instead
//	work.Intend(plan.Writes, now)    // saved before anything is sent
//	work.Answered(answer, now)       // or Refused, Unsent, Lost
//	work.Done()
//
// Floor 2: it imports incident, reconcile and the names of the clouds, and the
// storage extension.
package ledger
