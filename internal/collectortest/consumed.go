package collectortest

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// Consumed is a consumer that remembers what it took. Safe for concurrent use
// once Decide is set.
type Consumed struct {
	// Decide refuses a batch; nil takes all.
	Decide func(ctx context.Context, ld plog.Logs) error

	mu        sync.Mutex
	times     map[string]int // by uid
	records   []plog.LogRecord
	taken     []time.Time
	resources map[string]map[string]any
}

// NewConsumed has taken nothing.
func NewConsumed() *Consumed {
	return &Consumed{times: map[string]int{}, resources: map[string]map[string]any{}}
}

// Capabilities are none: it changes nothing.
func (c *Consumed) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

// ConsumeLogs takes a batch, if Decide lets it.
func (c *Consumed) ConsumeLogs(ctx context.Context, ld plog.Logs) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.Decide != nil {
		if err := c.Decide(ctx, ld); err != nil {
			return err
		}
	}
	for _, resource := range ld.ResourceLogs().All() {
		attributes := resource.Resource().Attributes()
		tenant, _ := attributes.Get(record.TenantID)
		c.resources[tenant.Str()] = attributes.AsRaw()
		for _, r := range resource.ScopeLogs().At(0).LogRecords().All() {
			uid, _ := r.Attributes().Get(record.UIDKey)
			c.times[uid.Str()]++
			copied := plog.NewLogRecord()
			r.CopyTo(copied)
			c.records = append(c.records, copied)
			c.taken = append(c.taken, time.Now())
		}
	}
	return nil
}

// Resource are the resource attributes that a tenant's records came with.
func (c *Consumed) Resource(tenant string) map[string]any {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.resources[tenant]
}

// After are the records that came after the first n.
func (c *Consumed) After(n int) []plog.LogRecord {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.records[n:])
}

// Count is how many records came.
func (c *Consumed) Count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.records)
}

// Last is when the last record came.
func (c *Consumed) Last() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.taken) == 0 {
		return time.Time{}
	}
	return c.taken[len(c.taken)-1]
}

// When is when the first record came that is wanted; zero if none did.
func (c *Consumed) When(wanted func(plog.LogRecord) bool) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, r := range c.records {
		if wanted(r) {
			return c.taken[i]
		}
	}
	return time.Time{}
}

// Times counts an event's records by the value of an attribute.
func (c *Consumed) Times(event, key string) map[string]int {
	out := map[string]int{}
	for _, r := range c.After(0) {
		if r.EventName() == event {
			id, _ := r.Attributes().Get(key)
			out[id.Str()]++
		}
	}
	return out
}

// OnlyOnce requires that no uid came twice.
func (c *Consumed) OnlyOnce(t *testing.T) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for uid, n := range c.times {
		require.Equal(t, 1, n, uid)
	}
}
