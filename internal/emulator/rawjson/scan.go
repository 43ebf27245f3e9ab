package rawjson

// space returns the index of the first byte from i on that is no white space.
func space(text []byte, i int) int {
	for i < len(text) && (text[i] == ' ' || text[i] == '\n' || text[i] == '\t' || text[i] == '\r') {
		i++
	}
	return i
}

// comma steps over white space and at most one comma after a value.
func comma(text []byte, i int) int {
	i = space(text, i)
	if i < len(text) && text[i] == ',' {
		i = space(text, i+1)
	}
	return i
}

// skip returns the index just past the value that starts at i.
func skip(text []byte, i int) int {
	depth := 0
	for i < len(text) {
		switch text[i] {
		case '"':
			i = skipString(text, i)
		case '{', '[':
			depth++
			i++
			continue
		case '}', ']':
			depth--
			i++
		case ' ', '\n', '\t', '\r', ',', ':':
			i++
			continue
		default:
			i = skipLiteral(text, i)
		}
		if depth <= 0 {
			return i
		}
	}
	return i
}

func skipString(text []byte, i int) int {
	for i++; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return i
}

func skipLiteral(text []byte, i int) int {
	for i < len(text) {
		switch text[i] {
		case ',', '}', ']', ':', ' ', '\n', '\t', '\r':
			return i
		}
		i++
	}
	return i
}

// ReplaceStrings rewrites, at any depth of a valid JSON value, the string (or
// each string of the array) that is the value of a member called name: where
// with returns another text, that text stands in its place. Everything else
// stays byte for byte; without a replacement, text itself is returned.
func ReplaceStrings(text []byte, name string, with func(string) string) []byte {
	want := Quote(name)
	var out []byte
	done := 0
	for i := 0; i < len(text); {
		if text[i] != '"' {
			i++
			continue
		}
		end := skipString(text, i)
		after := space(text, end)
		if string(text[i:end]) != string(want) || after >= len(text) || text[after] != ':' {
			i = end
			continue
		}
		i = space(text, after+1)
		if i < len(text) && text[i] == '[' {
			i = space(text, i+1)
		}
		for i < len(text) && text[i] == '"' {
			end = skipString(text, i)
			old, _ := String(text[i:end])
			if fresh := with(old); fresh != old {
				out = append(append(out, text[done:i]...), Quote(fresh)...)
				done = end
			}
			i = comma(text, end)
			if i < len(text) && i > end && text[i] == '"' && isKey(text, i) {
				break // the comma led to the next member, not to the next element
			}
		}
	}
	if done == 0 {
		return text
	}
	return append(out, text[done:]...)
}

// isKey tells whether the string at i is followed by a colon.
func isKey(text []byte, i int) bool {
	after := space(text, skipString(text, i))
	return after < len(text) && text[after] == ':'
}
