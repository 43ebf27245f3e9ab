// Package entity turns the evidence of a Defender alert into Sentinel's
// entities: evidence kind → entity kind, as one table.
//
// Mapper.Map reads an alert's body and writes V3 entities, the shape of
// SecurityAlert.Entities, as the text of a JSON array. The table (Kinds, Types)
// says for every property of every evidence type which entity field it becomes,
// and for every entity type which identifiers make one thing the same as
// another. The code around it knows no evidence type by name.
//
// Shape of the result:
//
//   - Every object has `$id`, a string counter from "1" in reading order, and
//     `Type`. An item of the array is one entity. Nested evidence, and what an
//     evidence's own properties describe (a process's image file, account,
//     device and parent), are items of their own, placed before the first that
//     names them by {"$ref": "n"}. So every head of the array is closed.
//   - Only what is a mere detail of its owner (a device's interface addresses,
//     a file's hashes) is written inside it, with a `$id` of its own, unless it
//     is an item already.
//   - The same thing met twice in an alert is one entity: roles, detailed roles
//     and tags of both, the graver verdict, and of other fields the first value.
//   - EntityKey is the same for the same thing in every alert of the tenant.
//     What only a name or a private address tells apart has an
//     IncidentEntityKey instead, the same in every alert of the incident.
//   - Masked, empty and mis-decoded values, mark-up and stand-ins are kept where
//     they are and are no part of a key: see broken.
//   - Of two things that name each other the link is kept on the later one.
//   - Properties without a field in Sentinel's schema keep their value under
//     their own name in PascalCase. Null, [] and {} say nothing and are left out.
//   - Evidence of an unknown type becomes a generic entity with all it has.
//
// The evidence itself is never changed. Nothing here logs, counts or calls
// anyone. Floor 1.
package entity
