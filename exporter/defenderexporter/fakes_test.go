package defenderexporter

import (
	"context"
	"errors"
	"net/http"
	"sync"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/extension/xextension/storage"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
)

// keeper is an extension that holds a ledger.
type keeper struct {
	component.StartFunc
	component.ShutdownFunc
	ledger *ledger.Ledger
}

func (k *keeper) Ledger() *ledger.Ledger { return k.ledger }

// host has extensions and takes status events.
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

// status is the last one reported, and its sentence.
func (h *host) status() (componentstatus.Status, string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.events) == 0 {
		return componentstatus.StatusNone, ""
	}
	last := h.events[len(h.events)-1]
	if last.Err() == nil {
		return last.Status(), ""
	}
	return last.Status(), last.Err().Error()
}

// wire is the way to the emulator, which can be cut, and listened on.
type wire struct {
	to http.RoundTripper

	mu   sync.Mutex
	down bool
	// hear sees every request before it is sent, and may end it with an
	// error; answer sees it when its answer came. Both are nil or quick.
	hear   func(*http.Request) error
	answer func(*http.Request, *http.Response) error
}

var errCut = errors.New("the wire is cut")

func (w *wire) cut(down bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.down = down
}

func (w *wire) state() (bool, func(*http.Request) error, func(*http.Request, *http.Response) error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.down, w.hear, w.answer
}

func (w *wire) listen(hear func(*http.Request) error, answer func(*http.Request, *http.Response) error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hear, w.answer = hear, answer
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	down, hear, answer := w.state()
	if down {
		return nil, errCut
	}
	if hear != nil {
		if err := hear(r); err != nil {
			return nil, err
		}
	}
	got, err := w.to.RoundTrip(r)
	if down, _, _ = w.state(); down {
		return nil, errCut
	}
	if err == nil && answer != nil {
		if err := answer(r, got); err != nil {
			return nil, err
		}
	}
	return got, err
}

// disk is a storage client in memory that outlives its ledger.
type disk struct {
	mu     sync.Mutex
	values map[string][]byte
	frozen bool
	broken error
}

func newDisk() *disk { return &disk{values: map[string][]byte{}} }

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
			op.Value = append([]byte(nil), d.values[op.Key]...)
			if d.values[op.Key] == nil {
				op.Value = nil
			}
		case d.frozen:
		case op.Type == storage.Set:
			d.values[op.Key] = append([]byte(nil), op.Value...)
		case op.Type == storage.Delete:
			delete(d.values, op.Key)
		}
	}
	return nil
}
