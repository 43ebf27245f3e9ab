package sim

import (
	"context"
	"errors"
	"strings"
	"sync"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension/xextension/storage"
)

var errFrozen = errors.New("storage: frozen by a kill")

// disk is what survives a kill: the bytes that every component saved.
type disk struct {
	mu   sync.Mutex
	data map[string]map[string][]byte // by client, by key
}

func newDisk() *disk { return &disk{data: map[string]map[string][]byte{}} }

// mount opens the disk for one process's life. A frozen mount refuses every
// call, so that what a dying process still does is lost, as in a kill.
func (d *disk) mount() *mountedDisk { return &mountedDisk{disk: d} }

type mountedDisk struct {
	component.StartFunc
	component.ShutdownFunc
	disk   *disk
	mu     sync.Mutex
	frozen bool
}

var _ storage.Extension = (*mountedDisk)(nil)

func (m *mountedDisk) freeze() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.frozen = true
}

func (m *mountedDisk) GetClient(_ context.Context, kind component.Kind, id component.ID, name string) (storage.Client, error) {
	return &diskClient{mounted: m, key: kind.String() + "/" + id.String() + "/" + name}, nil
}

type diskClient struct {
	mounted *mountedDisk
	key     string
}

func (c *diskClient) Get(ctx context.Context, key string) ([]byte, error) {
	op := storage.GetOperation(key)
	err := c.Batch(ctx, op)
	return op.Value, err
}

func (c *diskClient) Set(ctx context.Context, key string, value []byte) error {
	return c.Batch(ctx, storage.SetOperation(key, value))
}

func (c *diskClient) Delete(ctx context.Context, key string) error {
	return c.Batch(ctx, storage.DeleteOperation(key))
}

// Batch applies all or nothing, as a transaction of file_storage does: nothing
// can fail on the way.
func (c *diskClient) Batch(_ context.Context, ops ...*storage.Operation) error {
	c.mounted.mu.Lock()
	defer c.mounted.mu.Unlock()
	if c.mounted.frozen {
		return errFrozen
	}
	d := c.mounted.disk
	d.mu.Lock()
	defer d.mu.Unlock()
	values := d.data[c.key]
	if values == nil {
		values = map[string][]byte{}
		d.data[c.key] = values
	}
	for _, op := range ops {
		switch op.Type {
		case storage.Get:
			op.Value = append([]byte(nil), values[op.Key]...)
			if _, ok := values[op.Key]; !ok {
				op.Value = nil
			}
		case storage.Set:
			values[op.Key] = append([]byte(nil), op.Value...)
		case storage.Delete:
			delete(values, op.Key)
		}
	}
	return nil
}

func (*diskClient) Close(context.Context) error { return nil }

// forget loses what a component saved.
func (d *disk) forget(component string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for key := range d.data {
		if strings.Contains(key, component) {
			delete(d.data, key)
		}
	}
}
