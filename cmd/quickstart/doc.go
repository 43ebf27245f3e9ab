// Quickstart runs the emulator with a tenant's scripted life and the built
// collector beside it, says in plain words what happens and where to look, and
// sums up at the end. It is what `make run` starts.
//
// Usage:
//
//	quickstart [-for 60s] [-config config/quickstart.yaml] [-scenario life] [-seed 1]
//
// Ctrl-C, or the end of -for, pauses the scripted life, waits until what is
// under way has arrived, stops the collector, then the emulator, and exits 0.
// It exits 1 when a program it started ends by itself or something never arrived.
package main
