package record

import (
	"crypto/sha256"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// canonicalReference is the rule of Document.Hash over the tree of
// encoding/json, written for clarity alone.
func canonicalReference(v any) string {
	switch v := v.(type) {
	case map[string]any:
		var members []string
		for _, name := range slices.Sorted(maps.Keys(v)) {
			text := canonicalReference(v[name])
			if strings.HasSuffix(name, "@odata.context") || strings.HasSuffix(name, "@odata.count") ||
				slices.Contains([]string{"null", `""`, "{}", "[]"}, text) {
				continue
			}
			members = append(members, string(AppendString(nil, name))+":"+text)
		}
		return "{" + strings.Join(members, ",") + "}"
	case []any:
		elements := make([]string, len(v))
		for i := range v {
			elements[i] = canonicalReference(v[i])
		}
		return "[" + strings.Join(elements, ",") + "]"
	case string:
		return string(AppendString(nil, v))
	case json.Number:
		return string(v)
	case bool:
		if v {
			return "true"
		}
		return "false"
	}
	return "null"
}

func hashReference(t require.TestingT, text []byte) Hash {
	sum := sha256.Sum256([]byte(canonicalReference(decodeReference(t, text))))
	return Hash(sum[:16])
}

func TestHashIsOfTheCanonicalForm(t *testing.T) {
	for name, c := range map[string]struct{ text, canonical string }{
		"members are sorted":                       {`{"b":1,"a":2,"":3}`, `{"":3,"a":2,"b":1}`},
		"names of one beginning are sorted":        {`{"lastUpdateDateTime":1,"lastUpdate":2,"lastActivity":3}`, `{"lastActivity":3,"lastUpdate":2,"lastUpdateDateTime":1}`},
		"a name with a zero byte is sorted":        {`{"a\u0000":1,"a":2}`, `{"a":2,"a\u0000":1}`},
		"null and empty are left out":              {`{"a":null,"b":"","c":[],"d":{},"e":0,"f":false}`, `{"e":0,"f":false}`},
		"what becomes empty is left out":           {`{"a":{"b":{"c":null}},"d":1}`, `{"d":1}`},
		"elements stay":                            {`{"a":[null,"",{},[],{"b":null}]}`, `{"a":[null,"",{},[],{}]}`},
		"annotations of the response are left out": {`{"@odata.context":"x","@odata.count":1,"alerts@odata.count":2,"a":{"b@odata.context":"y","c":1}}`, `{"a":{"c":1}}`},
		"other annotations stay":                   {`{"@odata.type":"#x","odata.countess":1}`, `{"@odata.type":"#x","odata.countess":1}`},
		"the last of a name counts":                {`{"a":1,"b":2,"a":null}`, `{"b":2}`},
		"the last of an escaped name counts":       {`{"a":1,"\u0061":2}`, `{"a":2}`},
		"numbers as written":                       {`[1,1.0,1e0,-0]`, `[1,1.0,1e0,-0]`},
		"strings by their characters":              {`["\u0041\/","\u00e9","\n"]`, `["A/","é","\n"]`},
		"white space goes":                         {` { "a" : [ 1 , 2 ] } `, `{"a":[1,2]}`},
		"an empty document is one":                 {`{"a":null}`, `{}`},
		"a scalar is one":                          {`"x"`, `"x"`},
	} {
		t.Run(name, func(t *testing.T) {
			sum := sha256.Sum256([]byte(c.canonical))
			require.Equal(t, Hash(sum[:16]), parse(t, c.text).Hash())
			require.Equal(t, c.canonical, canonicalReference(decodeReference(t, []byte(c.text))), "the reference")
		})
	}
}

func TestLawHashAgreesWithTheReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var d Document // used again and again, as the reader does
		for _, text := range rapid.SliceOfN(documents(3), 1, 5).Draw(t, "texts") {
			require.NoError(t, d.Parse([]byte(text)))
			require.Equal(t, hashReference(t, []byte(text)), d.Hash(), text)
		}
	})
}

func TestHashSortsObjectsOfOneShapeAnew(t *testing.T) {
	// One Document, one number of members, names of the same lengths: the
	// remembered order of the one before is wrong for each.
	var d Document
	for _, text := range []string{
		`{"a":1,"b":2,"c":3}`, `{"c":1,"b":2,"a":3}`, `{"b":1,"b":2,"a":3}`, `{"a":1,"a":2,"a":3}`, `{"a":1,"b":2,"b":3}`, `{"c":1,"a":2,"b":3}`,
		`{"abcdefgh2":1,"abcdefgh1":2}`, `{"abcdefgh1":1,"abcdefgh2":2}`, `{"abcdefgh1":1,"abcdefgh1":2}`,
	} {
		require.NoError(t, d.Parse([]byte(text)))
		require.Equal(t, hashReference(t, []byte(text)), d.Hash(), text)
	}
}

func TestParseAndHashAllocateNothingWhenUsedAgain(t *testing.T) {
	text := []byte(`{"id":"1","evidence":[{"b":1,"a":"\u0041x"},{"b":2,"a":"é"}],"n":null}`)
	var d Document
	require.Zero(t, testing.AllocsPerRun(100, func() {
		_ = d.Parse(text)
		_ = d.Hash()
	}))
}
