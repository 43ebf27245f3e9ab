// Package floors holds one test: a package imports only what its floor allows.
// ARCHITECTURE.md draws the floors; the rules and their reasons are here.
package floors
