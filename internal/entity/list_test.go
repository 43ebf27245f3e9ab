package entity

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestListResolvesReferences(t *testing.T) {
	_, entities := mapAlert(t, contoso(), alertOf(t, process(5, `,"imageFile":`+image), device))
	l := Parse(entities.JSON())
	require.Equal(t, entities.Len(), l.Len())
	p := l.At(l.Len() - 1)
	name, _ := p.Get("Type")
	require.Equal(t, "process", name.Str())
	file, ok := l.Ref(p, "ImageFile")
	require.True(t, ok)
	hashes := l.Refs(file, "FileHashes")
	require.Len(t, hashes, 1)
	value, _ := hashes[0].Get("Value")
	assert.Equal(t, sha, value.Str())
	found, ok := l.Thing(entities.Sole(SoleProcess))
	require.True(t, ok)
	assert.Equal(t, p, found)
	_, ok = l.Thing(Thing{})
	assert.False(t, ok)
	for _, field := range []string{"Nothing", "ProcessId"} {
		_, ok = l.Ref(p, field)
		assert.False(t, ok, field)
		assert.Empty(t, l.Refs(p, field))
	}
}

func TestListOfNoArrayIsEmpty(t *testing.T) {
	for _, text := range []string{"", "x", "{}", `[1,"a"]`, `[{"Host":{"$ref":"7"}}]`} {
		l := Parse([]byte(text))
		for i := range l.Len() {
			_, ok := l.Ref(l.At(i), "Host")
			assert.False(t, ok)
		}
	}
	assert.Zero(t, Parse(nil).Len())
	assert.Equal(t, 0, Parse([]byte(`[1,"a"]`)).Slice().Len())
}
