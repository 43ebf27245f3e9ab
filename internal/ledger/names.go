package ledger

import (
	"context"
	"encoding/json"
	"fmt"
)

// namesKey is where the names of tenants are kept: without them a ledger that is
// opened again would not know whose incidents it has until each tenant's next
// record.
const namesKey = "names"

// NameTenant tells which id a tenant's name stands for. It is saved with the
// next change.
func (l *Ledger) NameTenant(name, id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if name == "" || l.names[name] == id && l.tenants[id] == name {
		return
	}
	l.names[name], l.tenants[id], l.renamed = id, name, true
}

// TenantID is the id that a tenant's name stands for, "" if nobody said.
func (l *Ledger) TenantID(name string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.names[name]
}

// recall reads the names. Some that cannot be used are told again sooner or
// later.
func (l *Ledger) recall(ctx context.Context) error {
	text, err := l.settings.Client.Get(ctx, namesKey)
	if err != nil {
		return fmt.Errorf("read names of tenants: %w", err)
	}
	if text == nil {
		return nil
	}
	document, err := unseal(namesKey, text)
	var names map[string]string
	if err == nil && json.Unmarshal(document, &names) != nil {
		err = corrupt("names do not parse")
	}
	if err != nil {
		return l.store.setAside(ctx, namesKey, text, err)
	}
	for name, id := range names {
		l.names[name], l.tenants[id] = id, name
	}
	return nil
}

// remember saves the names if there are new ones. The ledger is locked.
func (l *Ledger) remember(ctx context.Context) error {
	if !l.renamed {
		return nil
	}
	document, err := json.Marshal(l.names)
	if err != nil {
		return fmt.Errorf("save names of tenants: %w", err)
	}
	if err := l.settings.Client.Set(ctx, namesKey, seal(namesKey, document)); err != nil {
		return fmt.Errorf("save names of tenants: %w", err)
	}
	l.renamed = false
	return nil
}
