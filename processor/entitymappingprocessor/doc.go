// Package entitymappingprocessor is the `entity_mapping` processor: it gives
// every Defender alert record the Sentinel entities of its evidence.
//
// To records of event name microsoft.defender.alert it adds
//
//   - microsoft.sentinel.entities, the JSON text of an array of V3 entities (see
//     internal/entity), when the alert has evidence;
//   - microsoft.sentinel.entities.more, an array of those that did not fit the
//     64 KB that Sentinel takes, when some did not;
//   - microsoft.sentinel.entities.dropped, how many did not fit the 500 that
//     Sentinel takes, when some did not: they are in the body only;
//   - the semantic-convention attributes of the things that the alert names
//     exactly one of (see attributes.go for the list), unless they are there.
//
// With format asim or ocsf it also adds records, at the end of their scope:
// each is an alert, or with ocsf an incident, in the other schema, under an event
// name of its own (see format.go), joined to the record it was made of by the
// ids among its attributes. Records of a resync get none.
//
// Bodies are never changed, and records of other kinds pass through untouched.
// An alert whose body or evidence is not of the expected shape is counted and
// passed on with what could be mapped; it never fails the batch.
//
// It decides nothing: the mapping is internal/entity's. Floor 3.
package entitymappingprocessor
