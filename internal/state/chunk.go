package state

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/window"
)

const (
	chunkVersion = 1
	// chunkHead is version, id, newest in Unix nanoseconds; chunkTail a CRC.
	chunkHead = 1 + 8 + 8
	chunkTail = 4
)

var errChunk = errors.New("chunk is corrupt or of another version")

// encodeChunk is a chunk's text: head, entries, CRC-32 of both.
func encodeChunk(c *window.Chunk) []byte {
	out := make([]byte, 0, chunkHead+len(c.Entries)*window.DigestBytes+chunkTail)
	out = append(out, chunkVersion)
	out = binary.BigEndian.AppendUint64(out, c.ID)
	newest := int64(0)
	if !c.Newest.IsZero() {
		newest = c.Newest.UnixNano()
	}
	out = binary.BigEndian.AppendUint64(out, uint64(newest))
	for _, d := range c.Entries {
		out = append(out, d[:]...)
	}
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out))
}

func decodeChunk(text []byte) (window.Chunk, error) {
	body := len(text) - chunkTail
	entries := body - chunkHead
	if entries < 0 || entries%window.DigestBytes != 0 || entries/window.DigestBytes > window.ChunkMax || text[0] != chunkVersion {
		return window.Chunk{}, errChunk
	}
	if crc32.ChecksumIEEE(text[:body]) != binary.BigEndian.Uint32(text[body:]) {
		return window.Chunk{}, errChunk
	}
	c := window.Chunk{ID: binary.BigEndian.Uint64(text[1:])}
	if newest := int64(binary.BigEndian.Uint64(text[9:])); newest != 0 {
		c.Newest = time.Unix(0, newest).UTC()
	}
	for at := chunkHead; at < body; at += window.DigestBytes {
		c.Entries = append(c.Entries, window.Digest(text[at:at+window.DigestBytes]))
	}
	return c, nil
}

func chunkKey(tenant string, set Set, id uint64) string {
	return fmt.Sprintf("%s/%s/%d", tenant, set, id)
}
