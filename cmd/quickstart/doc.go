// Quickstart runs the emulator with its scripted life and the built collector
// beside it, says in plain words who does what and where to look, and sums up at
// the end. It is what `make run` starts.
//
// Usage:
//
//	quickstart [-for 60s] [-scenario both-ways] [-config config/both-ways.yaml] [-seed 1] [-limits]
//
// Ctrl-C, or the end of -for, pauses the scripted life, waits until what is
// under way has arrived, sums up, stops the collector, then the emulator, and
// exits 0. The summary is computed from the emulator's list of writes and both
// queues, never from what the collector says of itself. It exits 1 when a
// program it started ends by itself, something never arrived, or the sides do
// not agree.
package main
