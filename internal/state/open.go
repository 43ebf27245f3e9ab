package state

import (
	"context"
	"fmt"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension/xextension/storage"
)

// Owner is the component that a storage client is for.
type Owner struct {
	Kind component.Kind
	ID   component.ID
}

// Open is [OpenFor] a receiver.
func Open(ctx context.Context, host component.Host, id, owner component.ID) (storage.Client, error) {
	return OpenFor(ctx, host, id, Owner{component.KindReceiver, owner})
}

// OpenFor makes a component's client of the storage extension named id. It errs
// when there is no such extension, when it is no storage, and when it refuses.
func OpenFor(ctx context.Context, host component.Host, id component.ID, owner Owner) (storage.Client, error) {
	extension, found := host.GetExtensions()[id]
	if !found {
		return nil, fmt.Errorf(`open storage: "storage" names extension %q, which is not in service::extensions`, id)
	}
	store, ok := extension.(storage.Extension)
	if !ok {
		return nil, fmt.Errorf(`open storage: "storage" must name a storage extension, got %q`, id)
	}
	client, err := store.GetClient(ctx, owner.Kind, owner.ID, "")
	if err != nil {
		return nil, fmt.Errorf("open storage %s: %w", id, err)
	}
	return client, nil
}
