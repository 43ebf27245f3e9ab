// Package record is the contract between the components: which log record
// stands for which object, which attribute keys it carries, how a revision is
// named and how a JSON number is kept. It is the only package that knows
// attribute keys, and it knows nothing about who reads or writes them.
//
// A record's kind is its EventName. Its body is the object exactly as the
// service sent it: every field under its own name, unknown ones included.
//
// Floor 1: it imports pdata and the standard library.
package record
