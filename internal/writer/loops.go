package writer

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// endGrace is how long a request that was given up may take to end, and to be
// noted.
const endGrace = time.Second

// Loops are a component's writers, from its Start to its Shutdown. The zero value
// has none.
type Loops struct {
	// taking ends with it that work is taken on, working what is under way.
	taking, working context.CancelFunc
	running         sync.WaitGroup
}

// Begin makes the contexts of the writers, which outlive ctx: it is for starting
// only. Under taking work is taken on, under working it is done.
func (l *Loops) Begin(ctx context.Context) (taking, working context.Context) {
	working, l.working = context.WithCancel(context.WithoutCancel(ctx))
	taking, l.taking = context.WithCancel(working)
	return taking, working
}

// Go runs a writer.
func (l *Loops) Go(run func()) { l.running.Go(run) }

// End takes on nothing more, and waits for what is under way, no longer than ctx
// allows. A write that is given up then is looked after by the next start.
func (l *Loops) End(ctx context.Context) error {
	if l.taking == nil {
		return nil
	}
	l.taking()
	defer l.working()
	ended := make(chan struct{})
	go func() {
		l.running.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
	}
	l.working()
	timer := time.NewTimer(endGrace)
	defer timer.Stop()
	select {
	case <-ended:
		return nil
	case <-timer.C:
		return fmt.Errorf("shut down: a writer is still busy: %w", ctx.Err())
	}
}
