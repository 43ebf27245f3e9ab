package ledger_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"

	"go.opentelemetry.io/collector/extension/xextension/storage"
)

var errStopped = errors.New("storage: stopped")

// disk is a storage that outlives its ledgers, and stops when told: after so
// many operations, in the middle of a transaction if it comes to that.
type disk struct {
	mu     sync.Mutex
	values map[string][]byte
	// left is how many operations are still done; -1 = any number.
	left int
	// tears lets a transaction end in the middle, else it is all or nothing.
	tears bool
	// batches counts transactions, done operations.
	batches, done int
}

func newDisk() *disk { return &disk{values: map[string][]byte{}, left: -1} }

func (d *disk) Get(ctx context.Context, key string) ([]byte, error) {
	op := storage.GetOperation(key)
	err := d.Batch(ctx, op)
	return op.Value, err
}

func (d *disk) Set(ctx context.Context, key string, value []byte) error {
	return d.Batch(ctx, storage.SetOperation(key, value))
}

func (d *disk) Delete(ctx context.Context, key string) error {
	return d.Batch(ctx, storage.DeleteOperation(key))
}

func (d *disk) Batch(_ context.Context, ops ...*storage.Operation) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.batches++
	if d.left >= 0 && d.left < len(ops) {
		if d.tears {
			d.do(ops[:d.left])
		}
		d.left = 0
		return errStopped
	}
	d.do(ops)
	return nil
}

func (d *disk) do(ops []*storage.Operation) {
	for _, op := range ops {
		switch op.Type {
		case storage.Get:
			op.Value = slices.Clone(d.values[op.Key])
		case storage.Set:
			d.values[op.Key] = slices.Clone(op.Value)
		case storage.Delete:
			delete(d.values, op.Key)
		}
	}
	d.done += len(ops)
	if d.left >= 0 {
		d.left -= len(ops)
	}
}

func (*disk) Close(context.Context) error { return nil }

// stop lets so many more operations be done.
func (d *disk) stop(after int, tears bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.left, d.tears = after, tears
}

// crashed is the disk as the next process finds it.
func (d *disk) crashed() *disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	return &disk{values: maps.Clone(d.values), left: -1}
}

// walkable is a disk that can be walked through, as file_storage can.
type walkable struct{ *disk }

func (w walkable) Walk(_ context.Context, f storage.WalkFunc) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, key := range slices.Sorted(maps.Keys(w.values)) {
		ops, err := f(key, w.values[key])
		if err != nil {
			return err
		}
		w.do(ops)
	}
	return nil
}
