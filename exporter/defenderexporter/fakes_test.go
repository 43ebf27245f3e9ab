package defenderexporter

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
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

	mu     sync.Mutex
	down   bool
	sent   []string // bodies of PATCHes, in order
	hear   hearing
	answer func(*http.Request, *http.Response) error
}

// hearing sees every request before it is sent, with its body, and may answer it
// itself.
type hearing func(r *http.Request, body string) (*http.Response, error)

var errCut = errors.New("the wire is cut")

func (w *wire) cut(down bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.down = down
}

func (w *wire) isDown() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.down
}

// listen has every request heard, and every answer seen; nil for neither.
func (w *wire) listen(hear hearing, answer func(*http.Request, *http.Response) error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hear, w.answer = hear, answer
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	body := ""
	if r.Body != nil {
		text, _ := io.ReadAll(r.Body)
		body = string(text)
		r.Body = io.NopCloser(bytes.NewReader(text))
	}
	w.mu.Lock()
	hear, answer := w.hear, w.answer
	if r.Method == http.MethodPatch && !w.down {
		w.sent = append(w.sent, body)
	}
	w.mu.Unlock()
	if w.isDown() {
		return nil, errCut
	}
	if hear != nil {
		if got, err := hear(r, body); got != nil || err != nil {
			return got, err
		}
	}
	got, err := w.to.RoundTrip(r)
	if err == nil && answer != nil {
		err = answer(r, got)
	}
	if w.isDown() {
		return nil, errCut
	}
	return got, err
}

// disk is a storage client in memory that outlives its ledger.
type disk struct {
	component.StartFunc
	component.ShutdownFunc
	mu     sync.Mutex
	values map[string][]byte
	frozen bool
	broken error
	// watcher is told before and after each save; nil for nobody.
	watcher func(before bool)
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

// watch has the watcher told of saves.
func (d *disk) watch(watcher func(before bool)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.watcher = watcher
}

func (d *disk) tell(before bool, ops []*storage.Operation) {
	d.mu.Lock()
	watcher := d.watcher
	d.mu.Unlock()
	if watcher != nil && slices.ContainsFunc(ops, func(op *storage.Operation) bool { return strings.HasPrefix(op.Key, "e/") && op.Type == storage.Set }) {
		watcher(before)
	}
}

func (d *disk) Batch(_ context.Context, ops ...*storage.Operation) error {
	d.tell(true, ops)
	defer d.tell(false, ops)
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
