package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"pgregory.net/rapid"
)

func parse(t require.TestingT, text string) *Document {
	var d Document
	require.NoError(t, d.Parse([]byte(text)))
	return &d
}

func build(t require.TestingT, text string) pcommon.Value {
	v := pcommon.NewValueStr("to be replaced")
	parse(t, text).Build(v)
	return v
}

func roundTrip(t require.TestingT, text string) string {
	return string(AppendJSON(nil, build(t, text)))
}

func TestBuildAndAppendKeepADocument(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"null is not absent":              {`{"a":null}`, `{"a":null}`},
		"empty object and array stay":     {`{"a":{},"b":[]}`, `{"a":{},"b":[]}`},
		"members keep their order":        {`{"b":1,"a":2,"c":3}`, `{"b":1,"a":2,"c":3}`},
		"white space goes":                {" {\t\"a\" : [ 1 ,\r\n true ] } ", `{"a":[1,true]}`},
		"empty name":                      {`{"":false}`, `{"":false}`},
		"last of a name wins, in place":   {`{"a":1,"b":2,"a":{"x":3}}`, `{"a":{"x":3},"b":2}`},
		"null can be the last of a name":  {`{"a":[1],"a":null}`, `{"a":null}`},
		"names are one when decoded":      {`{"a":1,"\u0061":2}`, `{"a":2}`},
		"escapes become characters":       {`["\u0041\/\u00e9\ud83d\ude00"]`, `["A/é😀"]`},
		"needed escapes stay":             {`["\"\\\b\f\n\r\t\u0000\u001f"]`, `["\"\\\b\f\n\r\t\u0000\u001f"]`},
		"no HTML escape":                  {`["<a href='x'>&"]`, `["<a href='x'>&"]`},
		"line separators are characters":  {`["` + "\u2028\u2029\ufeff\x7f" + `"]`, `["` + "\u2028\u2029\ufeff\x7f" + `"]`},
		"lone surrogates are replaced":    {`["\ud800x","\udc00","\ud800\ud83d\ude00","\ud800\n"]`, `["�x","�","�😀","�\n"]`},
		"invalid UTF-8 is replaced":       {"[\"a\xffb\xc3\", \"\xed\xa0\x80\"]", `["a�b�","���"]`},
		"numbers as written":              {`[1,1.0,1.10,1e3,-0,12345678901234567890]`, `[1,1.0,1.10,1e3,-0,12345678901234567890]`},
		"a scalar alone":                  {` "x" `, `"x"`},
		"digits in a string are a string": {`["12"]`, `["12"]`},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, roundTrip(t, c.text))
		})
	}
}

func TestBuildMakesTheTypesOfTheContract(t *testing.T) {
	m := build(t, `{"s":"x","i":9112,"d":47.6,"t":true,"n":null,"o":{},"a":[],"l":1.10}`).Map()
	for key, want := range map[string]pcommon.ValueType{
		"s": pcommon.ValueTypeStr, "i": pcommon.ValueTypeInt, "d": pcommon.ValueTypeDouble, "t": pcommon.ValueTypeBool,
		"n": pcommon.ValueTypeEmpty, "o": pcommon.ValueTypeMap, "a": pcommon.ValueTypeSlice, "l": pcommon.ValueTypeBytes,
	} {
		v, ok := m.Get(key)
		require.True(t, ok, key)
		require.Equal(t, want, v.Type(), key)
	}
}

func TestBuildOwnsItsMemory(t *testing.T) {
	text := []byte(`{"plain":"value","escaped":"\u0041\n","number":1.10}`)
	var d Document
	require.NoError(t, d.Parse(text))
	v := pcommon.NewValueEmpty()
	d.Build(v)
	for i := range text {
		text[i] = 'x'
	}
	require.NoError(t, d.Parse([]byte(`["other\u0042"]`)))
	require.Equal(t, `{"plain":"value","escaped":"A\n","number":1.10}`, string(AppendJSON(nil, v)))
}

func TestParseRefuses(t *testing.T) {
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	wide := func(n int) string { return `{` + strings.Repeat(`"a":1,`, n-1) + `"a":1}` }
	long := func(n int) string { return `["` + strings.Repeat("x", n) + `"]` }
	many := func(n int) string { return `[` + strings.Repeat(`1,`, n-2) + `1]` }
	for name, c := range map[string]struct {
		text    string
		problem Problem
		offset  int
	}{
		"nothing":                  {"", ProblemSyntax, 0},
		"white space":              {" \n", ProblemSyntax, 2},
		"an open object":           {`{"a":1`, ProblemSyntax, 6},
		"an open array":            {`[1,2`, ProblemSyntax, 4},
		"an open string":           {`["abc`, ProblemSyntax, 5},
		"an open escape":           {`["\`, ProblemSyntax, 3},
		"a comma too many":         {`[1,]`, ProblemSyntax, 3},
		"a member comma too many":  {`{"a":1,}`, ProblemSyntax, 7},
		"no colon":                 {`{"a" 1}`, ProblemSyntax, 5},
		"no comma":                 {`[1 2]`, ProblemSyntax, 3},
		"a name without quotes":    {`{a:1}`, ProblemSyntax, 1},
		"two values":               {`{} {}`, ProblemSyntax, 3},
		"a wrong word":             {`[nulL]`, ProblemSyntax, 1},
		"a leading zero":           {`[01]`, ProblemSyntax, 1},
		"crossed brackets":         {`[{]}`, ProblemSyntax, 2},
		"a control character":      {"[\"a\x01b\"]", ProblemString, 3},
		"an unknown escape":        {`["a\x"]`, ProblemString, 3},
		"a colon and an end":       {`{"a":`, ProblemSyntax, 5},
		"a name and an end":        {`{"a`, ProblemSyntax, 3},
		"no comma after a member":  {`{"a":1 "b":2}`, ProblemSyntax, 7},
		"a bad value in a member":  {`{"a":x}`, ProblemSyntax, 5},
		"objects too deep":         {strings.Repeat(`{"a":`, DocumentDepthMax+1), ProblemDepth, 5 * DocumentDepthMax},
		"no hexadecimal digits":    {`["\u12zz"]`, ProblemString, 2},
		"half a unicode escape":    {`["\u12"]`, ProblemString, 2},
		"one level too deep":       {nested(DocumentDepthMax + 1), ProblemDepth, DocumentDepthMax},
		"far too deep":             {strings.Repeat("[", 1<<20), ProblemDepth, DocumentDepthMax},
		"one member too many":      {wide(DocumentMembersMax + 1), ProblemMembers, 1 + 6*DocumentMembersMax},
		"a string a byte too long": {long(DocumentStringMax + 1), ProblemLong, 2},
		"a number far too long":    {`[` + strings.Repeat("1", DocumentStringMax+1) + `]`, ProblemLong, 1},
		"one value too many":       {many(DocumentValuesMax + 1), ProblemValues, 2*DocumentValuesMax - 1},
	} {
		t.Run(name, func(t *testing.T) {
			d := parse(t, `{"id":"what was there before"}`)
			err := d.Parse([]byte(c.text))
			var parseErr *ParseError
			require.ErrorAs(t, err, &parseErr)
			require.Equal(t, ParseError{Problem: c.problem, Offset: c.offset}, *parseErr)
			require.ErrorIs(t, err, c.problem)
			require.False(t, d.IsObject())
			require.Nil(t, d.Root().Raw())
			v := pcommon.NewValueStr("before")
			d.Build(v)
			require.Equal(t, pcommon.ValueTypeEmpty, v.Type())
		})
	}
	for name, text := range map[string]string{
		"the deepest": nested(DocumentDepthMax), "the widest": wide(DocumentMembersMax),
		"the longest": long(DocumentStringMax), "the most": many(DocumentValuesMax),
	} {
		t.Run(name, func(t *testing.T) { parse(t, text) })
	}
}

func TestParseErrorSaysWhatAndWhere(t *testing.T) {
	var d Document
	err := d.Parse([]byte(`{"secret":"hunter2",}`))
	require.EqualError(t, err, "parse JSON at byte 20: not JSON")
}

func TestMembersShowNamesTextAndRaw(t *testing.T) {
	d := parse(t, ` {"a": "x\n", "\u0062":12.50, "c":{"d" : [1]}, "e":[ ], "f":null, "a":true} `)
	var got []string
	for name, v := range d.Members() {
		got = append(got, string(name)+"="+string(v.Raw())+"="+string(v.Text()))
	}
	require.Equal(t, []string{`a="x\n"=` + "x\n", "b=12.50=12.50", `c={"d" : [1]}=`, "e=[ ]=", "f=null=", "a=true="}, got)
	require.JSONEq(t, `{"a":true,"b":12.50,"c":{"d":[1]},"e":[],"f":null}`, string(d.Root().Raw()))
	for range d.Members() {
		break // must not go on after a yield that said no
	}
	for range parse(t, `[{"a":1}]`).Members() {
		t.Fatal("an array has no members")
	}
	require.Nil(t, Value{}.Text())
	require.Nil(t, Value{}.Raw())
}

func TestValuesAreWalkedAtAnyDepth(t *testing.T) {
	d := parse(t, `[{"a":[1,"x",{"b":null}],"\u0063":"y"},[],"\n",7]`)
	var got []string
	var walk func(v Value)
	walk = func(v Value) {
		switch {
		case v.IsObject():
			for name, member := range v.Members() {
				got = append(got, string(name)+":")
				walk(member)
			}
		case v.IsArray():
			got = append(got, "[")
			for element := range v.Elements() {
				walk(element)
			}
			got = append(got, "]")
		case v.IsNull():
			got = append(got, "null")
		case v.IsString():
			got = append(got, "'"+string(v.Text())+"'")
		default:
			got = append(got, string(v.Raw()))
		}
	}
	walk(d.Root())
	require.Equal(t, []string{"[", "a:", "[", "1", "'x'", "b:", "null", "]", "c:", "'y'", "[", "]", "'\n'", "7", "]"}, got)
	for range d.Root().Elements() {
		break // must not go on after a yield that said no
	}
	require.True(t, Value{}.IsNull())
	require.True(t, new(Document).Root().IsNull())
	require.False(t, Value{}.IsObject() || Value{}.IsArray() || Value{}.IsString())
}

func TestAValueIsBuiltByItself(t *testing.T) {
	d := parse(t, `{"a":{"n":1.10,"s":"\u0041"},"b":2}`)
	for _, v := range d.Members() {
		built := pcommon.NewValueEmpty()
		v.Build(built)
		require.JSONEq(t, string(v.Raw()), string(AppendJSON(nil, built)))
	}
	built := pcommon.NewValueStr("x")
	Value{}.Build(built)
	require.Equal(t, pcommon.ValueTypeEmpty, built.Type())
}

// documents draws compact JSON as AppendJSON writes it: members of different
// names, strings of any characters.
func documents(depth int) *rapid.Generator[string] {
	text := rapid.Map(rapid.String(), func(s string) string { return string(AppendString(nil, s)) })
	scalar := rapid.OneOf(text, literals(), rapid.SampledFrom([]string{"null", "true", "false", "{}", "[]", `""`}))
	if depth == 0 {
		return scalar
	}
	inner := documents(depth - 1)
	array := rapid.Map(rapid.SliceOfN(inner, 0, 6), func(elements []string) string { return "[" + strings.Join(elements, ",") + "]" })
	names := rapid.SliceOfNDistinct(rapid.OneOf(text, rapid.SampledFrom([]string{`"id"`, `"a@odata.count"`, `"@odata.context"`})), 0, 8, rapid.ID)
	object := rapid.Custom(func(t *rapid.T) string {
		members := names.Draw(t, "names")
		for i, name := range members {
			members[i] = name + ":" + inner.Draw(t, "value")
		}
		return "{" + strings.Join(members, ",") + "}"
	})
	return rapid.OneOf(scalar, array, object, object)
}

func TestLawAppendAfterBuildIsIdentity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := documents(4).Draw(t, "text")
		require.Equal(t, text, roundTrip(t, text))
	})
}

// FuzzDocument holds Parse, Build and Hash against encoding/json.
func FuzzDocument(f *testing.F) {
	for _, seed := range []string{
		`{"a":[1,2.50,{"b":null}],"c":"\ud83d\ude00\u0041","c":"last"}`, "[\"\xff\\ud800\"]", `{"a":{"b":{}},"@odata.count":1}`,
		`[0.0,-0,1e400]`, "[\"a\x00\"]", `{"":"","a":[null]}`, `[[[[]]]]`, "\xef\xbb\xbf{}", `{"a":1,"a":null}`, `tru`, `"\u12`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var d Document
		err := d.Parse(bytes.Clone(text))
		var parseErr *ParseError
		if errors.As(err, &parseErr) {
			require.LessOrEqual(t, parseErr.Offset, len(text)+1)
			limits := []Problem{ProblemDepth, ProblemMembers, ProblemValues, ProblemLong}
			require.True(t, !json.Valid(text) || contains(limits, parseErr.Problem), "refused what encoding/json takes: %v", err)
			return
		}
		require.True(t, json.Valid(text), "took what encoding/json refuses")
		v := pcommon.NewValueEmpty()
		d.Build(v)
		require.Equal(t, decodeReference(t, text), decodeReference(t, AppendJSON(nil, v)))
		require.Equal(t, hashReference(t, text), d.Hash())
	})
}

func contains(list []Problem, p Problem) bool {
	for _, q := range list {
		if p == q {
			return true
		}
	}
	return false
}

func decodeReference(t require.TestingT, text []byte) any {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var v any
	require.NoError(t, decoder.Decode(&v))
	return v
}

func TestParseHeadReadsTheObjectAtTheHead(t *testing.T) {
	const object = `{"id":"a","list":[1,{"b":"\u0041}"}],"n":null}`
	var d, whole Document
	require.NoError(t, whole.Parse([]byte(object)))
	for _, tail := range []string{"", ",{", "}", " ", "]x", `"`} {
		require.Equal(t, len(object), d.ParseHead([]byte(object+tail), len(object)), tail)
		require.Equal(t, whole.Hash(), d.Hash())
		require.Equal(t, object, string(d.Root().Raw()))
	}
	require.Zero(t, d.ParseHead([]byte(object), len(object)-1), "longer than the limit")
	require.False(t, d.IsObject())
	for i := range len(object) {
		require.Zero(t, d.ParseHead([]byte(object[:i]), len(object)), "cut at %d", i)
	}
	for _, text := range []string{`[]`, `"a"`, ` {}`, `{"a":01}`, `{,}`} {
		require.Zero(t, d.ParseHead([]byte(text), len(text)), text)
	}
}

func TestParseHeadIsAsDeepAsParse(t *testing.T) {
	var d Document
	for _, depth := range []int{DocumentDepthMax, DocumentDepthMax + 1} {
		text := []byte(strings.Repeat(`{"a":`, depth) + "0" + strings.Repeat("}", depth))
		require.Equal(t, d.Parse(text) == nil, d.ParseHead(text, len(text)) > 0, depth)
	}
}
