// Package writer is what the writers of both sides have in common: how one finds
// its ledger, what is known of a write that met an error, how long it waits after
// trouble, and how it says what a person has to mend.
//
// It sends nothing and decides nothing about an incident: that is the side's own
// component, and package ledger.
//
// Floor 2: beside floors 0 and 1 it imports azure and ledger, since it joins
// what the two say.
package writer
