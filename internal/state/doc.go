// Package state keeps a receiver's cursors over the collector's storage
// extension: one document per tenant or workspace, and beside it the chunks of
// what was seen and the shards of what is known of comments, of which only those
// that changed are written.
//
// A document is versioned. An older one is upgraded. A newer or a corrupt one
// is set aside under a key of its own, with a plain reason, and the tenant
// starts anew; nothing is deleted that could be looked at later. A chunk that
// cannot be read is forgotten: that repeats records, under the same uid, and
// loses none.
//
// It decides nothing about windows: package window does.
//
// Floor 2: it imports window, the storage extension's interface and component.
package state
