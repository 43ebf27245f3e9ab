package ledger

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"sync"

	"github.com/klauspost/compress/zstd"
)

const (
	// formatVersion is what is written.
	formatVersion = 1
	// formatHead is the version and a CRC-32 of the key and the rest.
	formatHead = 1 + 4
	// documentBytesMax bounds what is read, unpacked: 400 pending comments of
	// 30,000 characters are 48 MB at the very most.
	documentBytesMax = 64 << 20
)

// ErrUnusable is in the error of stored state that was set aside.
var ErrUnusable = errors.New("stored entry cannot be used")

// corrupt is the error of stored state that was not written by a ledger.
func corrupt(what string) error { return fmt.Errorf("%w: it is corrupt: %s", ErrUnusable, what) }

// seal puts version and checksum in front of what is stored under a key.
func seal(key string, document []byte) []byte {
	out := make([]byte, formatHead, formatHead+len(document))
	out[0] = formatVersion
	binary.BigEndian.PutUint32(out[1:], checksum(key, document))
	return append(out, document...)
}

func checksum(key string, document []byte) uint32 {
	return crc32.Update(crc32.ChecksumIEEE([]byte(key)), crc32.IEEETable, document)
}

// unseal checks them and takes them off.
func unseal(key string, text []byte) ([]byte, error) {
	switch {
	case len(text) < formatHead || len(text) > documentBytesMax:
		return nil, corrupt("its length")
	case text[0] > formatVersion:
		return nil, fmt.Errorf("%w: its version %d is newer than %d, which this collector writes", ErrUnusable, text[0], formatVersion)
	case text[0] == 0 || binary.BigEndian.Uint32(text[1:]) != checksum(key, text[formatHead:]):
		return nil, corrupt("its checksum")
	}
	return text[formatHead:], nil
}

// packing compresses and decompresses. Both are made on first use, keep some
// hundred kilobytes, and are safe for concurrent use.
type packing struct {
	encoder func() *zstd.Encoder
	decoder func() *zstd.Decoder
}

func newPacking() packing {
	return packing{
		encoder: sync.OnceValue(func() *zstd.Encoder {
			e, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedDefault),
				zstd.WithWindowSize(256<<10), zstd.WithLowerEncoderMem(true), zstd.WithEncoderCRC(false))
			if err != nil {
				panic(err) // the options are constant
			}
			return e
		}),
		decoder: sync.OnceValue(func() *zstd.Decoder {
			d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(documentBytesMax), zstd.WithDecoderLowmem(true))
			if err != nil {
				panic(err) // as above
			}
			return d
		}),
	}
}

func (p packing) pack(document []byte) []byte { return p.encoder().EncodeAll(document, nil) }

func (p packing) unpack(packed []byte) ([]byte, error) {
	document, err := p.decoder().DecodeAll(packed, nil)
	if err != nil {
		return nil, corrupt("it does not unpack")
	}
	return document, nil
}

func (p packing) encodeEntry(key string, e *Entry) ([]byte, error) {
	document, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("encode entry: %w", err)
	}
	return seal(key, p.pack(document)), nil
}

func (p packing) decodeEntry(key string, text []byte) (*Entry, error) {
	packed, err := unseal(key, text)
	if err != nil {
		return nil, err
	}
	document, err := p.unpack(packed)
	if err != nil {
		return nil, err
	}
	var e Entry
	if err := json.Unmarshal(document, &e); err != nil {
		return nil, corrupt("fields do not parse")
	}
	if e.Link.IncidentID == "" || e.Workspace == "" {
		return nil, corrupt("it names no incident")
	}
	return &e, nil
}

// digestOf is the first hexadecimal digits of a text's SHA-256.
func digestOf(text string, digits int) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])[:digits]
}
