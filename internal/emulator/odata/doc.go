// Package odata reads the part of the OData $filter language that the Graph
// security lists are known to take: eq ne gt ge lt le, and, or, parentheses,
// null, quoted strings and enum members, and bare date-times. Whatever is
// beyond that is refused with the reason, as the services do.
//
// It is pure: text and a schema go in, a predicate comes out. It belongs to the
// emulator and imports the standard library only.
package odata
