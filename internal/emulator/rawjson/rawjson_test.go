package rawjson_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator/rawjson"
)

func TestCompactKeepsEveryTokenAsWritten(t *testing.T) {
	got, err := rawjson.Compact([]byte(" { \"a\\u0041\" : [ 1.10 , 1E3,-0 ] , \"<&>\":\"x  y\" }\n"))
	if want := `{"a\u0041":[1.10,1E3,-0],"<&>":"x  y"}`; err != nil || string(got) != want {
		t.Errorf("got %s %v, want %s", got, err, want)
	}
	for _, bad := range []string{"", "{", `{"a":1,}`, "1 2", "\"\xff\"", "nul", strings.Repeat("[", 100_000)} {
		if got, err := rawjson.Compact([]byte(bad)); err == nil {
			t.Errorf("%.20q: got %s, want an error", bad, got)
		}
	}
}

func TestObjectAndArraySplit(t *testing.T) {
	members, err := rawjson.Object([]byte(` {"a" : {"b":[1,"}"]} , "q\"":"\\" ,"n":null,"":-1.5e3,"a":2}`))
	if err != nil {
		t.Fatal(err)
	}
	want := [][2]string{{"a", `{"b":[1,"}"]}`}, {`q"`, `"\\"`}, {"n", "null"}, {"", "-1.5e3"}, {"a", "2"}}
	if len(members) != len(want) {
		t.Fatalf("got %d members, want %d", len(members), len(want))
	}
	for i, m := range members {
		if m.Name != want[i][0] || string(m.Value) != want[i][1] {
			t.Errorf("member %d: got %q %s, want %q", i, m.Name, m.Value, want[i])
		}
	}
	if string(members[1].Key) != `"q\""` {
		t.Errorf("the key is as written, got %s", members[1].Key)
	}
	elements, err := rawjson.Array([]byte(`[ 1 ,[2,3], "],[" , {} ]`))
	if err != nil || len(elements) != 4 || string(elements[2]) != `"],["` || string(elements[1]) != "[2,3]" {
		t.Errorf("got %q %v", elements, err)
	}
	for _, text := range []string{"[]", "{}", " [ ] "} {
		object, objectErr := rawjson.Object([]byte(text))
		array, arrayErr := rawjson.Array([]byte(text))
		if len(object)+len(array) != 0 || (objectErr == nil) == (arrayErr == nil) {
			t.Errorf("%s: %v %v %v %v", text, object, objectErr, array, arrayErr)
		}
	}
}

func TestStringsAndKinds(t *testing.T) {
	for text, want := range map[string]string{`"a\u00e9\n\ud83d\udca5"`: "aé\n💥", `""`: "", `"é"`: "é"} {
		if got, ok := rawjson.String([]byte(text)); !ok || got != want {
			t.Errorf("%s: got %q %v", text, got, ok)
		}
	}
	for text, kind := range map[string]string{"{": "object", "[": "array", `"`: "string", "true": "boolean", "null": "null", "-1": "number", " ": "nothing"} {
		if got := rawjson.Kind([]byte(text)); got != kind {
			t.Errorf("%s: got %s, want %s", text, got, kind)
		}
		if got, ok := rawjson.String([]byte(text)); ok {
			t.Errorf("%s is no string, got %q", text, got)
		}
	}
	if got := string(rawjson.Quote("<é\"\n\u2028>")); got != "\"<é\\\"\\n\\u2028>\"" {
		t.Errorf("got %s", got)
	}
}

func TestReplaceStringsTouchesOnlyItsMembers(t *testing.T) {
	upper := func(s string) string {
		if s == "keep" {
			return s
		}
		return strings.ToUpper(s)
	}
	for text, want := range map[string]string{
		`{"x":"a"}`:                 `{"x":"A"}`,
		`{"x":"a","y":"x","x":"b"}`: `{"x":"A","y":"x","x":"B"}`,

		`{"y":{"x":"a","z":["x","a"]},"x":"keep"}`: `{"y":{"x":"A","z":["x","a"]},"x":"keep"}`,
		`{"x":["a","keep","b"],"k":"a"}`:           `{"x":["A","keep","B"],"k":"a"}`,
		`{"x":[],"k":"a"}`:                         `{"x":[],"k":"a"}`,
		`{"x":null,"k":"x"}`:                       `{"x":null,"k":"x"}`,
		`{"x":1,"k":["x"]}`:                        `{"x":1,"k":["x"]}`,
		`["x","a"]`:                                `["x","a"]`,
		`{"x":{"x":"a"}}`:                          `{"x":{"x":"A"}}`,
		`{"x":"a\"","\"x":"a"}`:                    `{"x":"A\"","\"x":"a"}`,
		`{"x":"a"} `:                               `{"x":"A"} `,
	} {
		if got := string(rawjson.ReplaceStrings([]byte(text), "x", upper)); got != want {
			t.Errorf("%s:\n got %s\nwant %s", text, got, want)
		}
	}
}

func FuzzSplitAndJoin(f *testing.F) {
	for _, seed := range []string{`{"a":[1,{"b":"\"}"}],"c":null}`, `[]`, `{"roles":["x","y"],"x":"y"}`, `"\\"`, `[[["]"]]]`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		compact, err := rawjson.Compact(text)
		if err != nil {
			return
		}
		if again := rawjson.ReplaceStrings(compact, "x", func(s string) string { return s }); !bytes.Equal(again, compact) {
			t.Fatalf("replacing nothing changed %s to %s", compact, again)
		}
		if changed := rawjson.ReplaceStrings(compact, "x", func(s string) string { return s + "!" }); !json.Valid(changed) {
			t.Fatalf("replacing broke %s: %s", compact, changed)
		}
		join(t, compact)
	})
}

// join puts the parts of a value together again and compares.
func join(t *testing.T, text []byte) {
	var joined []byte
	switch rawjson.Kind(text) {
	case "object":
		members, err := rawjson.Object(text)
		if err != nil {
			t.Fatal(err)
		}
		joined = append(joined, '{')
		for i, m := range members {
			if i > 0 {
				joined = append(joined, ',')
			}
			joined = append(append(append(joined, m.Key...), ':'), m.Value...)
			join(t, m.Value)
		}
		joined = append(joined, '}')
	case "array":
		elements, err := rawjson.Array(text)
		if err != nil {
			t.Fatal(err)
		}
		joined = append(append(append(joined, '['), bytes.Join(elements, []byte(","))...), ']')
	default:
		return
	}
	if !reflect.DeepEqual(joined, text) {
		t.Fatalf("got %s, want %s", joined, text)
	}
}
