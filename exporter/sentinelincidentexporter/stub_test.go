package sentinelincidentexporter

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"go.opentelemetry.io/collector/extension/xextension/storage"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/sentinel"
)

// stubSide is a workspace that takes everything, and counts. Each alert exists.
type stubSide struct {
	mu        sync.Mutex
	incidents map[string]*incident.Snapshot // without revision: there is none
	written   []string                      // names, in order
	times     [spendCount][]time.Time
}

func newStubSide() *stubSide { return &stubSide{incidents: map[string]*incident.Snapshot{}} }

// begin counts anew, with room for n incidents, so that what the stub holds does
// not grow.
func (s *stubSide) begin(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.written = make([]string, 0, n)
	for kind := range s.times {
		s.times[kind] = make([]time.Time, 0, n)
	}
	for i := range n {
		name := link(strconv.Itoa(i)).SentinelName()
		if s.incidents[name] == nil {
			s.incidents[name] = &incident.Snapshot{}
		}
	}
}

func (s *stubSide) count(kind spend) { s.times[kind] = append(s.times[kind], time.Now()) }

func (s *stubSide) list(context.Context) ([]listed, error) { return nil, nil }

func (s *stubSide) read(_ context.Context, name string) (held, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := s.incidents[name]; i != nil && !i.Revision.IsZero() {
		return held{snapshot: *i}, nil
	}
	return held{missing: true}, nil
}

func (s *stubSide) write(_ context.Context, name string, _ held, change sentinel.Change) (incident.Snapshot, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count(spendIncident)
	s.written = append(s.written, name)
	i := s.incidents[name]
	if i == nil {
		i = &incident.Snapshot{}
		s.incidents[name] = i
	}
	for field, value := range change.Values {
		i.Values[field] = value
	}
	i.Revision = time.Now()
	return *i, nil
}

func (s *stubSide) comments(context.Context, string) ([]incident.Comment, error) { return nil, nil }

func (s *stubSide) comment(context.Context, string, string, string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count(spendComment)
	return nil
}

func (s *stubSide) alerts(_ context.Context, tenantID string, ids []string) ([]sentinel.RuleAlert, error) {
	all := make([]sentinel.RuleAlert, len(ids))
	for i, id := range ids {
		all[i] = sentinel.RuleAlert{TenantID: tenantID, AlertID: id, SystemAlertID: "s-" + id}
	}
	return all, nil
}

func (s *stubSide) relate(context.Context, string, string, string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count(spendRelation)
	return nil
}

func (s *stubSide) relations(context.Context, string) ([]sentinel.Relation, error) { return nil, nil }

func (s *stubSide) connectors(context.Context) ([]sentinel.Connector, error) { return nil, nil }

// directory is a storage client with a file for each key, so that what is stored
// is not in the heap.
type directory struct{ path string }

func (d *directory) file(key string) string {
	return filepath.Join(d.path, hex.EncodeToString([]byte(key)))
}

// Get implements storage.Client.
func (d *directory) Get(_ context.Context, key string) ([]byte, error) {
	text, err := os.ReadFile(d.file(key))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return text, err
}

// Set implements storage.Client.
func (d *directory) Set(_ context.Context, key string, value []byte) error {
	return os.WriteFile(d.file(key), value, 0o600)
}

// Delete implements storage.Client.
func (d *directory) Delete(_ context.Context, key string) error {
	if err := os.Remove(d.file(key)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Batch implements storage.Client.
func (d *directory) Batch(ctx context.Context, ops ...*storage.Operation) error {
	for _, op := range ops {
		var err error
		switch op.Type {
		case storage.Get:
			op.Value, err = d.Get(ctx, op.Key)
		case storage.Set:
			err = d.Set(ctx, op.Key, op.Value)
		case storage.Delete:
			err = d.Delete(ctx, op.Key)
		}
		if err != nil {
			return fmt.Errorf("directory: %w", err)
		}
	}
	return nil
}

// Close implements storage.Client.
func (d *directory) Close(context.Context) error { return nil }
