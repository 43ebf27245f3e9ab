// Package sim is the whole together: the real components against the emulator.
// Its tests come in two kinds. Those without a build tag run in virtual time and
// in one process: an hour of a tenant's life takes milliseconds, and a kill is
// the instant at which storage and network freeze. Those under the tag e2e run
// the built collector and the built emulator as programs over loopback.
//
// It holds no code that ships; everything is in _test.go files.
package sim
