// Package tally tells what became of a life with people on both sides: who wrote
// what where, which edits met and which of them stood, how late each arrived on
// the other side, whether anything was written for nothing, and whether both
// sides agree.
//
// It reads what the emulator's control interface shows, the list of writes and
// both queues, and believes nobody else: no log, no counter, no ledger. What a
// word of one service means in the other is its own table, made by hand of the
// vendor's pages.
//
// Floor: beside, with the emulator. The standard library alone.
package tally
