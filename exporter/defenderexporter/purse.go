package defenderexporter

import (
	"context"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/budget"
)

// requestsPerWork is what one piece of work may need: a read, and the write that
// must follow it at once. Only merges that are followed take more, if they can.
const requestsPerWork = 2

// purse is the requests that one piece of work has of its tenant's budget.
type purse struct {
	budget    *budget.Shared
	telemetry tenantTelemetry
	left      int
}

// fill takes what a piece of work may need; false if the budget has not so much
// now.
func (p *purse) fill() bool {
	if !p.budget.Take(time.Now(), requestsPerWork) {
		return false
	}
	p.left += requestsPerWork
	return true
}

// more reports whether one more request may be made.
func (p *purse) more() bool {
	if p.left == 0 && p.budget.Take(time.Now(), 1) {
		p.left++
	}
	return p.left > 0
}

// spent counts a request whose answer came.
func (p *purse) spent(ctx context.Context, operation string, err error) {
	p.left--
	p.budget.Used(time.Now())
	p.telemetry.request(ctx, operation, err)
}

// empty gives back what was not needed.
func (p *purse) empty() { p.budget.Give(p.left) }
