package collectortest

import (
	"context"
	"sync"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension/xextension/storage"
)

// Disk is a storage extension in memory that outlives whoever uses it. It is its
// own client, the same for everybody. Safe for concurrent use.
type Disk struct {
	component.StartFunc
	component.ShutdownFunc
	mu     sync.Mutex
	values map[string][]byte
	frozen bool
	writes int
	broken error
}

// NewDisk is empty.
func NewDisk() *Disk { return &Disk{values: map[string][]byte{}} }

// Freeze loses every later write, as a killed process does.
func (d *Disk) Freeze() { d.set(true) }

// Thaw ends Freeze.
func (d *Disk) Thaw() { d.set(false) }

func (d *Disk) set(frozen bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.frozen = frozen
}

// BreakDown lets every operation fail; nil repairs.
func (d *Disk) BreakDown(why error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.broken = why
}

// Written counts the values written so far.
func (d *Disk) Written() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.writes
}

// Keys are the keys that have a value.
func (d *Disk) Keys() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	keys := make([]string, 0, len(d.values))
	for key := range d.values {
		keys = append(keys, key)
	}
	return keys
}

// GetClient is the disk itself.
func (d *Disk) GetClient(context.Context, component.Kind, component.ID, string) (storage.Client, error) {
	return d, nil
}

// Get reads a value.
func (d *Disk) Get(ctx context.Context, key string) ([]byte, error) {
	op := storage.GetOperation(key)
	err := d.Batch(ctx, op)
	return op.Value, err
}

// Set writes a value.
func (d *Disk) Set(ctx context.Context, key string, value []byte) error {
	return d.Batch(ctx, storage.SetOperation(key, value))
}

// Delete deletes a value.
func (d *Disk) Delete(ctx context.Context, key string) error {
	return d.Batch(ctx, storage.DeleteOperation(key))
}

// Close does nothing.
func (d *Disk) Close(context.Context) error { return nil }

// Batch does all or, broken, nothing.
func (d *Disk) Batch(_ context.Context, ops ...*storage.Operation) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.broken != nil {
		return d.broken
	}
	for _, op := range ops {
		switch {
		case op.Type == storage.Get:
			op.Value = d.values[op.Key]
		case d.frozen:
		case op.Type == storage.Set:
			d.writes++
			d.values[op.Key] = append([]byte(nil), op.Value...)
		case op.Type == storage.Delete:
			delete(d.values, op.Key)
		}
	}
	return nil
}
