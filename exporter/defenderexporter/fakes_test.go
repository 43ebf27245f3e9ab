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
	"go.opentelemetry.io/collector/extension/xextension/storage"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/collectortest"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
)

// keeper is an extension that holds a ledger.
type keeper struct {
	component.StartFunc
	component.ShutdownFunc
	ledger *ledger.Ledger
}

func (k *keeper) Ledger() *ledger.Ledger { return k.ledger }

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

// disk is storage that tells of saves.
type disk struct {
	*collectortest.Disk

	mu      sync.Mutex
	watcher func(before bool)
}

func newDisk() *disk { return &disk{Disk: collectortest.NewDisk()} }

// watch has the watcher told before and after each save of an entry; nil for
// nobody.
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

// Batch implements storage.Client.
func (d *disk) Batch(ctx context.Context, ops ...*storage.Operation) error {
	d.tell(true, ops)
	defer d.tell(false, ops)
	return d.Disk.Batch(ctx, ops...)
}
