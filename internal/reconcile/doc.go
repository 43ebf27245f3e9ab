// Package reconcile decides what one incident needs so that both sides say the
// same: a three-way merge, field by field, of what the sides hold with the pair
// of values they last agreed on.
//
// [Field] is pure and total: the same values give the same [Outcome], whatever
// they are. It knows nothing of writers, answers and time beyond the stamps it
// is given; package ledger keeps those, and asks.
//
// docs/sync.md holds the decision table, made from this code.
//
// Floor 0: it imports incident and the standard library without I/O.
package reconcile
