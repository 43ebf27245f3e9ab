package ledger

// recentBytesMax bounds each of the two generations of texts that are kept: some
// thousand entries.
const recentBytesMax = 8 << 20

// recent is what is stored of the entries that were read or written lately. Its
// holder is the only one who writes them. The zero value is empty.
type recent struct {
	young, old map[ID][]byte
	bytes      int // of young
}

func (r *recent) get(id ID) []byte {
	if text := r.young[id]; text != nil {
		return text
	}
	text := r.old[id]
	if text != nil {
		r.put(id, text) // it is wanted again
	}
	return text
}

func (r *recent) put(id ID, text []byte) {
	r.drop(id)
	if r.bytes+len(text) > recentBytesMax {
		r.old, r.young, r.bytes = r.young, nil, 0
	}
	if r.young == nil {
		r.young = map[ID][]byte{}
	}
	r.young[id] = text
	r.bytes += len(text)
}

func (r *recent) drop(id ID) {
	r.bytes -= len(r.young[id])
	delete(r.young, id)
	delete(r.old, id)
}
