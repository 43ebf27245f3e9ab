package sentinelexporter

import (
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"sync"
	"time"

	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/otel/attribute"
	"go.uber.org/zap"
)

// speakPause is the least time between two log lines about the same reason:
// a steady stream of unwanted records is a number, not a log.
const speakPause = time.Minute

// graveyard takes what is given up: into the dead letter where there is one,
// into a counter in any case, into the log once a minute. Safe for concurrent
// use.
type graveyard struct {
	logger    *zap.Logger
	telemetry *telemetry
	letters   *letters // nil = no directory configured

	mu     sync.Mutex
	silent map[reason]silence
}

// silence is what was not said yet about a reason.
type silence struct {
	until   time.Time
	records int
}

// bury returns once what can be kept is on disk.
func (g *graveyard) bury(ctx context.Context, given map[reason]plog.Logs, now time.Time) {
	for _, why := range slices.Sorted(maps.Keys(given)) {
		g.buryOne(ctx, why, given[why], now)
	}
}

func (g *graveyard) buryOne(ctx context.Context, why reason, ld plog.Logs, now time.Time) {
	all := ld.LogRecordCount()
	if g.letters == nil {
		g.lose(ctx, why, all, now, nil)
		return
	}
	kept, err := g.letters.write(lines(ld, why, now), now)
	add(ctx, g.telemetry.deadLettered, kept, attribute.String(attrReason, string(why)))
	if n := g.speakOf(why, kept, now); n > 0 {
		g.logger.Warn("records were given up and kept in the dead letter",
			zap.String("reason", string(why)), zap.Int("records", n), zap.String("meaning", why.meaning()), zap.String("directory", g.letters.dir))
	}
	switch lost := all - kept; {
	case lost == 0:
	case errors.Is(err, errLettersFull):
		g.lose(ctx, reasonFull, lost, now, nil)
	default:
		g.lose(ctx, reasonUnwritable, lost, now, err)
	}
}

// lose counts records that are kept nowhere.
func (g *graveyard) lose(ctx context.Context, why reason, records int, now time.Time, cause error) {
	add(ctx, g.telemetry.lost, records, attribute.String(attrReason, string(why)))
	if n := g.speakOf(why, records, now); n > 0 {
		g.logger.Error("records were given up and are lost",
			zap.String("reason", string(why)), zap.Int("records", n), zap.String("meaning", why.meaning()), zap.NamedError("cause", cause))
	}
}

// speakOf ends the silence about a reason when its time is over, and returns
// how many records there are to speak of; 0 = say nothing now.
func (g *graveyard) speakOf(why reason, records int, now time.Time) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	s := g.silent[why]
	s.records += records
	if s.records == 0 || now.Before(s.until) {
		g.silent[why] = s
		return 0
	}
	g.silent[why] = silence{until: now.Add(speakPause)}
	return s.records
}

// lines yields the dead-letter line of each record. A record that cannot be
// put into a line, which pdata does not know, yields the error.
func lines(ld plog.Logs, why reason, now time.Time) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for r := range records(ld) {
			if !yield(letterLine(alone(r), why, now)) {
				return
			}
		}
	}
}
