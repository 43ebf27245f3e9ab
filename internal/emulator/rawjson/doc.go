// Package rawjson takes JSON text apart without turning it into Go values, so
// that numbers, escapes, unknown members and the order of members come back
// out exactly as they went in.
//
// It checks no syntax itself: every function but [Compact] wants text that is
// already known to be valid, which is what Compact returns. It holds no state
// and does no I/O. It belongs to the emulator and imports the standard library
// only.
package rawjson
