package defenderreceiver

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// consumed is a consumer that remembers what it took.
type consumed struct {
	mu      sync.Mutex
	times   map[string]int // by uid
	kinds   map[string]int
	records []plog.LogRecord
	// resources are the attributes of each tenant's.
	resources map[string]map[string]any
	last      time.Time
	// decide refuses a batch; nil takes all.
	decide func(ctx context.Context, ld plog.Logs) error
}

func newConsumed() *consumed {
	return &consumed{times: map[string]int{}, kinds: map[string]int{}, resources: map[string]map[string]any{}}
}

func (c *consumed) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

func (c *consumed) ConsumeLogs(ctx context.Context, ld plog.Logs) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.decide != nil {
		if err := c.decide(ctx, ld); err != nil {
			return err
		}
	}
	c.last = time.Now()
	for _, resource := range ld.ResourceLogs().All() {
		attributes := resource.Resource().Attributes()
		tenant, _ := attributes.Get(record.TenantID)
		c.resources[tenant.Str()] = attributes.AsRaw()
		for _, r := range resource.ScopeLogs().At(0).LogRecords().All() {
			uid, _ := r.Attributes().Get(record.UIDKey)
			c.times[uid.Str()]++
			c.kinds[r.EventName()]++
			copied := plog.NewLogRecord()
			r.CopyTo(copied)
			c.records = append(c.records, copied)
		}
	}
	return nil
}

// ids are the distinct ids of an event's records, with how often each came.
func (c *consumed) ids(event, key string) map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := map[string]int{}
	for _, r := range c.records {
		if r.EventName() == event {
			id, _ := r.Attributes().Get(key)
			out[id.Str()]++
		}
	}
	return out
}

func (c *consumed) incidents() map[string]int {
	return c.ids(record.EventDefenderIncident, record.DefenderIncidentID)
}

func (c *consumed) alerts() map[string]int {
	return c.ids(record.EventDefenderAlert, record.DefenderAlertID)
}

// has reports whether the revision of an object with that title came.
func (c *consumed) has(id, title string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range c.records {
		body := r.Body().Map()
		if v, _ := body.Get("id"); v.AsString() != id {
			continue
		}
		for _, field := range []string{"displayName", "title"} {
			if v, ok := body.Get(field); ok && v.AsString() == title {
				return true
			}
		}
	}
	return false
}

// after are the records that came after the first n.
func (c *consumed) after(n int) []plog.LogRecord {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.records[n:])
}

// count is how many records came.
func (c *consumed) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.records)
}

// onlyOnce requires that no uid came twice.
func (c *consumed) onlyOnce(t *testing.T) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for uid, n := range c.times {
		require.Equal(t, 1, n, uid)
	}
}

// host has one storage extension and takes status events.
type host struct {
	extensions map[component.ID]component.Component
	mu         sync.Mutex
	events     []*componentstatus.Event
}

func (h *host) GetExtensions() map[component.ID]component.Component { return h.extensions }

func (h *host) Report(e *componentstatus.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.events = append(h.events, e)
}

// status is the last one reported.
func (h *host) status() componentstatus.Status {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.events) == 0 {
		return componentstatus.StatusNone
	}
	return h.events[len(h.events)-1].Status()
}

// disk is a storage extension in memory that outlives its receiver.
type disk struct {
	component.StartFunc
	component.ShutdownFunc
	mu     sync.Mutex
	values map[string][]byte
	frozen bool
	writes int
	broken error
}

func newDisk() *disk { return &disk{values: map[string][]byte{}} }

func (d *disk) freeze() { d.set(true) }
func (d *disk) thaw()   { d.set(false) }

func (d *disk) set(frozen bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.frozen = frozen
}

// breakDown lets every operation fail; nil repairs.
func (d *disk) breakDown(why error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.broken = why
}

// written counts the values written so far.
func (d *disk) written() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.writes
}

func (d *disk) GetClient(context.Context, component.Kind, component.ID, string) (storage.Client, error) {
	return d, nil
}

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

func (d *disk) Close(context.Context) error { return nil }

func (d *disk) Batch(_ context.Context, ops ...*storage.Operation) error {
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
