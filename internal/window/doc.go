// Package window decides which slice of last-update time to ask a service for
// next, when a slice is proven to be read, and which rows were met before. It
// asks nobody and waits for nothing: time and answers come in as values.
//
// The service it reads is one that offers no delta query: a list with a filter
// on lastUpdateDateTime, of an order that is not promised, in pages that may be
// cut short, repeated, shuffled or shifted by a change between two of them.
//
// A Cursor says what is settled (everything up to its head) and what is still
// owed (its gaps). A Drain works a cursor off: Next names the one request to
// make, Page takes its answer. Four proofs settle a gap or a part of one:
//
//   - An empty page behind the last row of the very window that was asked.
//   - A page in a stated order: what lies between its first and its last row
//     is read. What lies beyond both is owed until it was asked for too, so an
//     order mistaken for its opposite costs requests, never rows.
//   - A joint between two pages holds if the second contains a row of the
//     first. Every page but the first is asked for with one row of overlap;
//     without that row the list has moved, and the pass begins again.
//   - Where no joint can hold (pages of one row), passes are repeated until
//     two in a row show the same.
//
// Seen remembers revisions, so that overlap and repeated passes emit nothing
// twice. It is bounded; what it has to forget narrows the overlap.
//
// What can be lost: a row that becomes visible later than the overlap after its
// own time. Nothing else.
//
// Floor 0: standard library without I/O.
package window
