// Package record is the contract between the components: which log record
// stands for which object, which attribute keys it carries, how a revision is
// named and how JSON is kept in pdata without loss. It is the only package
// that knows attribute keys, and it knows nothing about who reads or writes
// them.
//
// A record's kind is its EventName. Its body is the object exactly as the
// service sent it: every field under its own name, unknown ones included.
//
// JSON comes in through a Document (parse, hash, then build the tree or not)
// and goes out through a Mode's Append methods. The two are inverse: what a
// Document built, ModeRecord writes back with the same members, the same
// order and the same number literals.
//
// Floor 1: it imports pdata, google/uuid and the standard library.
package record
