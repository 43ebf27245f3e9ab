package sentinelexporter

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/otel/attribute"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ingest"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ingestapi"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/schema"
)

// bodyBytesFloor ends the halving after a 413: no row that anyone reads fits
// less. An upload that only broke off is never halved so far, since ingestapi
// blames the size of large bodies alone.
const bodyBytesFloor = 1 << 10

// uploader sends one body. Errors are classed by azure.ClassOf.
type uploader interface {
	Upload(ctx context.Context, r ingestapi.Request) error
}

// destination is one workspace: its rules, its encoder and what is known of
// its limits. Safe for concurrent use.
type destination struct {
	name       string // its place in the configuration, for people
	rules      map[string]RuleConfig
	plan       ingest.Plan
	encoder    *ingest.Encoder
	compressed bool
	holds      *holds
	client     uploader
	telemetry  *telemetry
	health     *health
}

// attempt is one walk over records: encode, upload, sort what failed.
type attempt struct {
	*destination
	limit   int // body limit; 0 = the usual one
	learned int // limit to remember once a body of this attempt is accepted
	out     *outcome

	owed    ingest.Owed
	refused ingest.Owed // by a 413: to be encoded again with a smaller limit
	smaller int         // that limit; 0 = nothing was refused
	teaches bool        // it was Azure that named the size
	given   map[reason]*ingest.Owed
}

// send writes every record of ld, and adds what it could not to out. Bodies go
// one after another in the order of the records; the queue's num_consumers
// gives parallel pushes.
func (d *destination) send(ctx context.Context, ld plog.Logs, out *outcome) {
	limit := d.holds.limit(time.Now())
	for learned := 0; ld.LogRecordCount() > 0; {
		a := &attempt{destination: d, limit: limit, learned: learned, out: out, given: map[reason]*ingest.Owed{}}
		result := d.encoder.Encode(ingest.Job{Logs: ld, Plan: d.plan, Now: time.Now(), BodyBytesMax: limit},
			func(b *ingest.Body) { a.take(ctx, b) })
		d.telemetry.encoded(ctx, result)
		a.unsendable(ctx, result.Unsendable)
		out.resend(a.owed.Rest(ld))
		for why, owed := range a.given {
			out.giveUp(why, owed.Rest(ld))
		}
		// Each round's limit is at most half of the last, so this ends.
		ld, limit, learned = a.refused.Rest(ld), a.smaller, 0
		if a.teaches {
			learned = limit
		}
	}
}

// take sends one body and notes what became of it.
func (a *attempt) take(ctx context.Context, b *ingest.Body) {
	defer b.Release()
	rule := a.rules[b.Stream]
	now := time.Now()
	switch wait := a.holds.wait(rule.ImmutableID, b.Stream, now); {
	case a.smaller > 0 && a.size(b) > a.smaller:
		a.refused.AddBody(b) // as large as one that was just refused
		return
	case ctx.Err() != nil:
		a.again(b, fmt.Errorf("%s: upload rows: %w", b.Stream, ctx.Err()), 0)
		return
	case wait > 0:
		a.again(b, fmt.Errorf("%s: upload rows: %s asked to be left alone, %s remain", b.Stream, rule.ImmutableID, wait.Round(time.Second)), wait)
		return
	}
	err := a.client.Upload(ctx, ingestapi.Request{Endpoint: rule.Endpoint, DCR: rule.ImmutableID, Stream: b.Stream, Body: b.Gzip})
	if err == nil {
		a.accepted(ctx, rule, b)
		return
	}
	err = fmt.Errorf("%s: %w", b.Stream, err)
	a.telemetry.request(ctx, rule.ImmutableID, azure.ClassOf(err).String())
	a.health.failed(a.name, rule.ImmutableID, b.Stream, err)
	a.sort(ctx, rule, b, err)
}

func (a *attempt) accepted(ctx context.Context, rule RuleConfig, b *ingest.Body) {
	a.telemetry.request(ctx, rule.ImmutableID, "accepted")
	a.telemetry.accepted(ctx, rule.ImmutableID, b)
	a.holds.accepted(b.Stream)
	a.health.accepted(a.name, b.Stream)
	if a.learned > 0 {
		a.holds.learn(a.learned, time.Now())
	}
}

// sort decides by class what becomes of a body that was not accepted.
func (a *attempt) sort(ctx context.Context, rule RuleConfig, b *ingest.Body, err error) {
	now := time.Now()
	switch azure.ClassOf(err) {
	case azure.ClassRetryable, azure.ClassConflictETag:
		a.again(b, err, azure.RetryAfterOf(err))
	case azure.ClassThrottled:
		after := azure.RetryAfterOf(err)
		if after == 0 {
			after = throttledPause
		}
		a.holds.throttled(rule.ImmutableID, after, now)
		a.again(b, err, after)
	case azure.ClassMisconfigured:
		if !a.holds.misconfigured(b.Stream, now) && azureSaidSo(err) {
			a.giveUp(b, reasonMisconfigured)
			return
		}
		a.again(b, err, misconfiguredPause)
	case azure.ClassSplit:
		a.split(ctx, b, err)
	case azure.ClassPermanent:
		a.giveUp(b, reasonRefused)
	}
}

// split puts a body aside for an encoding with half its size, or ends the
// halving.
func (a *attempt) split(ctx context.Context, b *ingest.Body, err error) {
	half := a.size(b) / 2
	if a.limit > 0 {
		half = min(half, a.limit/2)
	}
	if half < bodyBytesFloor {
		a.giveUp(b, reasonTooLarge)
		return
	}
	add(ctx, a.telemetry.splits, 1, attribute.String(attrReason, "refused"))
	a.refused.AddBody(b)
	a.smaller = half
	a.teaches = isTooLarge(err)
}

// size is a body's size as the limit counts it.
func (a *attempt) size(b *ingest.Body) int {
	if a.compressed {
		return len(b.Gzip)
	}
	return b.RawBytes
}

func (a *attempt) again(b *ingest.Body, err error, after time.Duration) {
	a.owed.AddBody(b)
	a.out.again(err, after)
}

func (a *attempt) giveUp(b *ingest.Body, why reason) {
	a.owedFor(why).AddBody(b)
}

func (a *attempt) owedFor(why reason) *ingest.Owed {
	if a.given[why] == nil {
		a.given[why] = &ingest.Owed{}
	}
	return a.given[why]
}

// unsendable sorts what no body holds: streams that the user left out on
// purpose are counted, all else is given up.
func (a *attempt) unsendable(ctx context.Context, rows []ingest.Unsendable) {
	for _, u := range rows {
		if u.Reason == ingest.ReasonStreamNotListed && slices.Contains(optionalStreams(), u.Stream) {
			add(ctx, a.telemetry.notRouted, 1, attribute.String(attrStream, u.Stream))
			continue
		}
		a.owedFor(reason(u.Reason)).Add(u.Record, u.Stream)
	}
}

// optionalStreams are those that a destination may leave out: a user who wants
// alerts only does not want incidents in the dead letter.
func optionalStreams() []string {
	return []string{schema.StreamIncident, schema.StreamAlert, schema.StreamEntity}
}

// azureSaidSo tells Azure's own refusal from that of a proxy or captive portal
// on the way, whose word never costs rows: Azure's carries an error code.
func azureSaidSo(err error) bool {
	var e *azure.Error
	return errors.As(err, &e) && e.Status >= http.StatusBadRequest && e.Code != ""
}

// isTooLarge is true for Azure's own word about a body's size; other splits are
// about its time span, or a guess from a broken connection.
func isTooLarge(err error) bool {
	var e *azure.Error
	return errors.As(err, &e) && e.Status == http.StatusRequestEntityTooLarge
}
