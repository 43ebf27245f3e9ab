package ledger

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"go.opentelemetry.io/collector/extension/xextension/storage"
)

// What tests of other files look at.
const (
	LeaseKey   = leaseKey
	RefusedKey = refusedKey
	NamesKey   = namesKey
	RefusedMax = refusedMax
)

func EntryKey(id ID) string { return entryKey(id) }
func ListKey(id ID) string  { return listKey(listOf(id)) }
func ShelfKey(id ID) string { return shelfKey(shelfOf(id)) }

// fillShelves is how many shelves are filled in one transaction.
const fillShelves = 32

// Fill stores lifelike entries, so many that are closed and open.
func Fill(ctx context.Context, client storage.Client, closed, open int) error {
	s := &store{packing: newPacking(), client: client, listed: map[int]idSet{}, unusable: func(err error) { panic(err) }}
	shelves := make([][]int, shelfCount)
	for n := range closed {
		e := lifelikeLink(n)
		at := shelfOf(IDOf(e, fillWorkspace))
		shelves[at] = append(shelves[at], n)
	}
	var ops []*storage.Operation
	for at, numbers := range shelves {
		sh := shelf{}
		for _, n := range numbers {
			e := lifelike(n)
			e.rest()
			sh[IDOf(e.Link, e.Workspace)] = e
		}
		op, err := s.shelve(at, sh)
		if err != nil {
			return err
		}
		if ops = append(ops, op); len(ops) == fillShelves || at == shelfCount-1 {
			if err := client.Batch(ctx, ops...); err != nil {
				return fmt.Errorf("fill shelves: %w", err)
			}
			ops = nil
		}
	}
	var changes []change
	for n := range open {
		e := reopened(closed + n)
		changes = append(changes, change{id: IDOf(e.Link, e.Workspace), entry: e})
	}
	return s.save(ctx, changes)
}

// AllShelves are names in a workspace, one on each shelf.
func AllShelves(workspace string) []string {
	by := map[int]string{}
	for n := 0; len(by) < shelfCount; n++ {
		name := fmt.Sprint(n)
		by[shelfOf(NewID(name, workspace))] = name
	}
	return slices.Collect(maps.Values(by))
}
