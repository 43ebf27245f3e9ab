package ledger

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
)

const (
	// formatVersion is what is written.
	formatVersion = 1
	// formatHead is the version and a CRC-32 of the rest.
	formatHead = 1 + 4
	// entryBytesMax bounds an entry that is read: 400 pending comments of
	// 30,000 characters are 48 MB at the very most.
	entryBytesMax = 64 << 20
)

// ErrUnusable is in the error of stored state that was set aside.
var ErrUnusable = errors.New("stored entry cannot be used")

// seal puts version and checksum in front of a document.
func seal(document []byte) []byte {
	out := make([]byte, formatHead, formatHead+len(document))
	out[0] = formatVersion
	binary.BigEndian.PutUint32(out[1:], crc32.ChecksumIEEE(document))
	return append(out, document...)
}

// unseal checks them and takes them off.
func unseal(text []byte) ([]byte, error) {
	switch {
	case len(text) < formatHead || len(text) > entryBytesMax:
		return nil, fmt.Errorf("%w: it is corrupt: its length", ErrUnusable)
	case text[0] > formatVersion:
		return nil, fmt.Errorf("%w: its version %d is newer than %d, which this collector writes", ErrUnusable, text[0], formatVersion)
	case text[0] == 0 || binary.BigEndian.Uint32(text[1:]) != crc32.ChecksumIEEE(text[formatHead:]):
		return nil, fmt.Errorf("%w: it is corrupt: its checksum", ErrUnusable)
	}
	return text[formatHead:], nil
}

func encodeEntry(e *Entry) ([]byte, error) {
	document, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("encode entry: %w", err)
	}
	return seal(document), nil
}

func decodeEntry(text []byte) (*Entry, error) {
	document, err := unseal(text)
	if err != nil {
		return nil, err
	}
	var e Entry
	if err := json.Unmarshal(document, &e); err != nil {
		return nil, fmt.Errorf("%w: it is corrupt: fields do not parse", ErrUnusable)
	}
	if e.Link.IncidentID == "" || e.Workspace == "" {
		return nil, fmt.Errorf("%w: it is corrupt: it names no incident", ErrUnusable)
	}
	return &e, nil
}
