package record

import (
	"crypto/sha1" //nolint:gosec // RFC 9562 makes UUIDv5 of SHA-1; nothing is kept secret by it
	"encoding/hex"
	"strconv"

	"github.com/google/uuid"
)

// Hash stands for an object's content: the first 16 bytes of the SHA-256 of
// its canonical JSON, see Document.Hash. The zero Hash stands for none.
type Hash [16]byte

// String is the hash in lower-case hexadecimal, 32 characters.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// UID names one revision of one object: the same revision always gets the
// same name, by whichever path it was read. It is a UUIDv5 in lower case whose
// namespace is 5c0a1d5e-7f0e-5b57-9d3c-1f2e6a8b4c90 (ours, drawn once, fixed
// for ever) and whose name is the five parts, each as its length in bytes in
// decimal, a colon and its text: cloud, tenant, kind (the event name), id, and
// the hash in hexadecimal. The lengths keep ("a","bc") and ("ab","c") apart.
// Cloud, tenant, kind and id are taken as given: no case is folded.
func UID(cloud, tenant, kind, id string, hash Hash) string {
	var stack [256]byte
	name := append(stack[:0], 0x5c, 0x0a, 0x1d, 0x5e, 0x7f, 0x0e, 0x5b, 0x57, 0x9d, 0x3c, 0x1f, 0x2e, 0x6a, 0x8b, 0x4c, 0x90)
	for _, part := range [...]string{cloud, tenant, kind, id} {
		name = append(strconv.AppendInt(name, int64(len(part)), 10), ':')
		name = append(name, part...)
	}
	name = append(name, "32:"...)
	return UUID5(hex.AppendEncode(name, hash[:])).String()
}

// UUID5 is the UUIDv5 of a namespace and a name, the bytes of the
// one before those of the other: uuid.NewSHA1 without what that allocates.
//
// Source: RFC 9562, section 5.5.
func UUID5(namespaceAndName []byte) uuid.UUID {
	const version, variant = 0x50, 0x80
	sum := sha1.Sum(namespaceAndName) //nolint:gosec // as above
	u := uuid.UUID(sum[:len(uuid.UUID{})])
	u[6] = u[6]&0x0f | version
	u[8] = u[8]&0x3f | variant
	return u
}
