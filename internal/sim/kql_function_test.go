package sim

import (
	"hash/fnv"
	"math"
	"regexp"
	"strings"
	"time"
)

// kqlCall is a function's value, or an aggregate's.
func kqlCall(name string, of []kqlExpr) kqlExpr {
	if aggregate, ok := kqlAggregates()[name]; ok {
		return func(e kqlEnv) any { return aggregate(e, of) }
	}
	switch name { // these work out only what they need
	case "iff":
		return func(e kqlEnv) any { return map[bool]kqlExpr{true: of[1], false: of[2]}[of[0](e) == true](e) }
	case "case":
		return func(e kqlEnv) any {
			for i := 0; i+1 < len(of); i += 2 {
				if of[i](e) == true {
					return of[i+1](e)
				}
			}
			return of[len(of)-1](e)
		}
	case "now":
		return func(e kqlEnv) any { return e.run.now }
	case "ago":
		return func(e kqlEnv) any { return e.run.now.Add(-of[0](e).(time.Duration)) }
	case "ingestion_time":
		return func(e kqlEnv) any { return e.row[kqlArrived] }
	}
	function, ok := kqlFunctions()[name]
	if !ok {
		panic("no function " + name)
	}
	return func(e kqlEnv) any {
		values := make([]any, len(of))
		for i, one := range of {
			values[i] = one(e)
		}
		return function(values)
	}
}

func kqlFunctions() map[string]func(v []any) any {
	return map[string]func(v []any) any{
		"parse_json": func(v []any) any {
			if text, ok := v[0].(string); ok {
				return kqlJSON(text)
			}
			return v[0]
		},
		"tostring":    func(v []any) any { return kqlText(v[0]) },
		"isnotempty":  func(v []any) any { return kqlText(v[0]) != "" },
		"isempty":     func(v []any) any { return kqlText(v[0]) == "" },
		"string_size": func(v []any) any { return int64(len(kqlText(v[0]))) },
		"tolong":      func(v []any) any { return int64(v[0].(float64)) },
		"bin":         func(v []any) any { return math.Floor(v[0].(float64)/v[1].(float64)) * v[1].(float64) },
		"strcat": func(v []any) (out any) {
			text := ""
			for _, one := range v {
				text += kqlText(one)
			}
			return text
		},
		"hash": func(v []any) any {
			h := fnv.New64a()
			h.Write([]byte(kqlText(v[0])))
			return int64(h.Sum64() % uint64(v[1].(int64)))
		},
		"substring": func(v []any) any {
			runes := []rune(kqlText(v[0]))
			from := min(int(v[1].(int64)), len(runes))
			return string(runes[from:min(from+int(v[2].(int64)), len(runes))])
		},
		"array_length": func(v []any) any {
			if list, ok := v[0].([]any); ok {
				return int64(len(list))
			}
			return nil
		},
		"pack_array": func(v []any) any { return v },
		"coalesce": func(v []any) any {
			for _, one := range v {
				if one != nil && one != "" {
					return one
				}
			}
			return nil
		},
		"set_intersect": func(v []any) any {
			out := []any{}
			a, _ := v[0].([]any)
			for _, one := range a {
				for _, other := range v[1].([]any) {
					if kqlSame(one, other, false) {
						out = append(out, one)
						break
					}
				}
			}
			return out
		},
		"strcat_array": func(v []any) any {
			var texts []string
			for _, one := range v[0].([]any) {
				texts = append(texts, kqlText(one))
			}
			return strings.Join(texts, v[1].(string))
		},
		"extract": func(v []any) any {
			found := regexp.MustCompile(v[0].(string)).FindStringSubmatch(kqlText(v[2]))
			if found == nil {
				return ""
			}
			return found[v[1].(int64)]
		},
	}
}
