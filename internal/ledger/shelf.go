package ledger

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/klauspost/compress/zstd"
	"go.opentelemetry.io/collector/extension/xextension/storage"
)

// shelf is closed entries that are stored together, by id, as their documents.
type shelf map[ID]json.RawMessage

// shelfBytesMax bounds a shelf that is read: some hundred entries.
const shelfBytesMax = 256 << 20

// shelf reads one; empty if there is none, or one that cannot be used: its
// entries begin anew then, as after the loss of a ledger.
func (s *store) shelf(ctx context.Context, n int) (shelf, error) {
	text, err := s.client.Get(ctx, shelfKey(n))
	if err != nil {
		return nil, fmt.Errorf("read closed entries: %w", err)
	}
	sh := shelf{}
	if text == nil {
		return sh, nil
	}
	packed, err := unseal(text)
	if err == nil {
		err = sh.decode(packed)
	}
	if err != nil {
		if err := s.client.Set(ctx, "aside/"+shelfKey(n), text); err != nil {
			return nil, fmt.Errorf("set aside closed entries: %w", err)
		}
		return shelf{}, nil
	}
	return sh, nil
}

// operation stores the shelf; an empty one is deleted.
func (sh shelf) operation(n int) (*storage.Operation, error) {
	if len(sh) == 0 {
		return storage.DeleteOperation(shelfKey(n)), nil
	}
	var out bytes.Buffer
	w, err := zstd.NewWriter(&out, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithWindowSize(1<<20))
	if err != nil {
		return nil, fmt.Errorf("pack closed entries: %w", err)
	}
	for _, id := range slices.Sorted(maps.Keys(sh)) {
		line := append(append([]byte(id), ' '), sh[id]...)
		if _, err := w.Write(append(line, '\n')); err != nil {
			return nil, fmt.Errorf("pack closed entries: %w", err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("pack closed entries: %w", err)
	}
	return storage.SetOperation(shelfKey(n), seal(out.Bytes())), nil
}

func (sh shelf) decode(packed []byte) error {
	r, err := zstd.NewReader(bytes.NewReader(packed), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(shelfBytesMax))
	if err != nil {
		return err
	}
	defer r.Close()
	text, err := io.ReadAll(io.LimitReader(r, shelfBytesMax))
	if err != nil {
		return err
	}
	for line := range bytes.Lines(text) {
		id, document, found := bytes.Cut(bytes.TrimSuffix(line, []byte("\n")), []byte(" "))
		if !found {
			return fmt.Errorf("%w: it is corrupt: a line without an id", ErrUnusable)
		}
		sh[ID(id)] = document
	}
	return nil
}

// sweep forgets entries of a shelf that were closed before a time, and reports
// how many.
func (s *store) sweep(ctx context.Context, n int, before time.Time) (int, error) {
	sh, err := s.shelf(ctx, n)
	if err != nil || len(sh) == 0 {
		return 0, err
	}
	forgotten := 0
	for id, document := range sh {
		var e struct {
			ClosedAt time.Time `json:"closed_at"`
		}
		if json.Unmarshal(document, &e) == nil && e.ClosedAt.Before(before) {
			delete(sh, id)
			forgotten++
		}
	}
	if forgotten == 0 {
		return 0, nil
	}
	op, err := sh.operation(n)
	if err != nil {
		return 0, err
	}
	if err := s.client.Batch(ctx, op); err != nil {
		return 0, fmt.Errorf("forget closed entries: %w", err)
	}
	return forgotten, nil
}
