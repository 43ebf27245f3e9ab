package sentinelreceiver

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/polling"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/sentinel"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/sentinelapi"
)

const (
	// commentPagesMax bounds the pages of one incident's comments: each but an
	// odd one holds a comment.
	commentPagesMax = 2 * sentinel.CommentsMax
	// commentPassesMax is how often a list that shifts is read.
	commentPassesMax = 4
)

// errNoBudget: no more comments may be read now.
var errNoBudget = errors.New("comments may not be read now")

// reader reads single incidents and their comments. It is not safe for
// concurrent use, but for that of its budget by other readers.
type reader struct {
	api       *sentinelapi.Client
	budget    *commentsBudget
	backoff   polling.Backoff
	telemetry workspaceTelemetry
}

// comments reads an incident's comments, all pages, each once. A list that shifts
// under its reader shows one again in the place of another: one of several pages
// that shows fewer than count is read again. An error is that of the first page
// that could not be had.
func (r *reader) comments(ctx context.Context, name string, count int) (all [][]byte, err error) {
	known := map[string]bool{}
	for range commentPassesMax {
		pages := 0
		for raw, err := range r.pages(ctx, name) {
			if err != nil {
				return nil, err
			}
			for _, comment := range raw {
				if !known[string(comment)] {
					known[string(comment)] = true
					all = append(all, comment)
				}
			}
			pages++
		}
		if pages == 1 || len(all) >= min(count, sentinel.CommentsMax) {
			break
		}
	}
	return all[:min(len(all), sentinel.CommentsMax)], nil
}

// pages reads the pages of the list one after another; an error ends it.
func (r *reader) pages(ctx context.Context, name string) iter.Seq2[[][]byte, error] {
	return func(yield func([][]byte, error) bool) {
		link := ""
		for range commentPagesMax {
			answer, err := r.page(ctx, name, link)
			if err != nil {
				yield(nil, err)
				return
			}
			raw, next, err := sentinel.RawComments(answer.Body)
			if err != nil {
				yield(nil, &polling.UnreadableError{Err: err})
				return
			}
			if !yield(raw, nil) || next == "" {
				return
			}
			link = next
		}
	}
}

func (r *reader) page(ctx context.Context, name, link string) (answer sentinelapi.Answer, err error) {
	if !r.budget.Take(time.Now(), 1) {
		return answer, errNoBudget
	}
	if link == "" {
		answer, err = r.api.ListComments(ctx, name)
	} else {
		answer, err = r.api.NextComments(ctx, name, link)
	}
	now := time.Now()
	r.budget.Used(now)
	r.telemetry.request(ctx, operationComments, err)
	if err != nil && azure.ClassOf(err) == azure.ClassThrottled {
		wait := r.backoff.WaitAfter(err, 1)
		r.budget.Hold(now.Add(wait))
		r.telemetry.waited(ctx, operationComments, wait)
	}
	return answer, err
}

// incident reads one incident; gone says that there is none of that name.
func (r *reader) incident(ctx context.Context, name string) (i sentinel.Incident, gone bool, err error) {
	answer, err := r.api.GetIncident(ctx, name)
	r.telemetry.request(ctx, operationIncident, err)
	if err != nil {
		// The 404 of a workspace is another class than that of an incident.
		return i, polling.Judge(ctx, err) == polling.VerdictGone && azure.ClassOf(err) == azure.ClassPermanent, err
	}
	i, err = sentinel.ReadIncident(answer.Body)
	return i, false, err
}
