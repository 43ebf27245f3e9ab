package entitymappingprocessor

import (
	"context"
	"sync"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/entity"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// mapping maps batches of logs. Safe for concurrent use.
type mapping struct {
	mapper    *entity.Mapper
	format    Format
	telemetry *telemetry
	batches   sync.Pool // of *batch
}

func newMapping(format Format, t *telemetry) *mapping {
	m := &mapping{mapper: entity.NewMapper(), format: format, telemetry: t}
	m.batches.New = func() any { return &batch{tally: m.mapper.NewTally(), entities: &entity.Entities{}} }
	return m
}

// batch is what is counted of one batch of logs, and the room to map it in.
type batch struct {
	tally                          *entity.Tally
	entities                       *entity.Entities // of the alert at hand
	dropped, overflowed, malformed int64
	converted                      int64
}

// process adds entities to every alert of logs, and to each scope the records
// of the other schema. It never returns an error.
func (m *mapping) process(ctx context.Context, logs plog.Logs) (plog.Logs, error) {
	b := m.batches.Get().(*batch)
	defer m.batches.Put(b)
	defer b.reset()
	for _, resource := range logs.ResourceLogs().All() {
		origin := originOf(resource.Resource())
		for _, scope := range resource.ScopeLogs().All() {
			added := plog.NewLogRecordSlice()
			for _, rec := range scope.LogRecords().All() {
				if rec.EventName() == record.EventDefenderAlert {
					m.alert(origin, rec, b)
				}
				m.convert(rec, added, b)
			}
			added.MoveAndAppendTo(scope.LogRecords())
		}
	}
	m.telemetry.batch(ctx, b)
	return logs, nil
}

// reset lets go of the batch, and keeps the room.
func (b *batch) reset() {
	b.tally.Reset()
	b.entities.Reset()
	*b = batch{tally: b.tally, entities: b.entities}
}

func originOf(resource pcommon.Resource) record.Origin {
	text := func(key string) string {
		if v, ok := resource.Attributes().Get(key); ok && v.Type() == pcommon.ValueTypeStr {
			return v.Str()
		}
		return ""
	}
	return record.Origin{Cloud: text(record.Cloud), TenantID: text(record.TenantID)}
}

// alert adds what one alert's evidence becomes to its attributes.
func (m *mapping) alert(origin record.Origin, rec plog.LogRecord, b *batch) {
	attributes := rec.Attributes()
	for _, key := range []string{record.SentinelEntities, record.SentinelEntitiesMore, record.SentinelEntitiesDropped} {
		attributes.Remove(key)
	}
	if rec.Body().Type() != pcommon.ValueTypeMap {
		b.malformed++
		return
	}
	entities := b.entities
	if err := m.mapper.Map(origin, rec.Body().Map(), entities, b.tally); err != nil {
		b.malformed++
	}
	if entities.Len() == 0 {
		return
	}
	attributes.EnsureCapacity(attributes.Len() + attributesMost)
	describe(attributes, entities)
	attributes.PutStr(record.SentinelEntities, string(entities.JSON()))
	more, dropped := entities.More(), entities.Dropped()
	if more != nil {
		attributes.PutStr(record.SentinelEntitiesMore, string(more))
	}
	if dropped > 0 {
		attributes.PutInt(record.SentinelEntitiesDropped, int64(dropped))
		b.dropped += int64(dropped)
	}
	if more != nil || dropped > 0 {
		b.overflowed++
	}
}

// attributesMost is about how many attributes an alert gets.
const attributesMost = 16
