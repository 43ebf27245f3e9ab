package ledger

// What tests of other files look at.
const (
	LeaseKey   = leaseKey
	RefusedKey = refusedKey
	RefusedMax = refusedMax
	ShelfCount = shelfCount
)

func EntryKey(id ID) string { return entryKey(id) }
func ListKey(id ID) string  { return listKey(listOf(id)) }
func ShelfKey(id ID) string { return shelfKey(shelfOf(id)) }
