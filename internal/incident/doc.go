// Package incident is the vocabulary both sides of the sync share: the fields
// that are kept in step, one side's value of each, what agrees with what
// across the sides, and comments.
//
// A [Value] is one service's own word in a canonical spelling, never the other
// service's: `inProgress` on Defender's side, `Active` on Sentinel's. What a
// value means on the other side is asked of a [Vocabulary]. So the pair of
// values that both services hold can be kept and compared as it is, each half
// with its own side (rule R7).
//
// It knows no JSON and no service. Floor 0: the standard library without I/O.
package incident
