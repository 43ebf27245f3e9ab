// Package schema holds every table's columns once: name, type, where the value
// comes from and what it means. The encoder, the emulator's data collection
// rule, the Azure templates and the docs are made from it, so they cannot part.
//
// It holds data and nothing that acts on it. Floor 1.
package schema
