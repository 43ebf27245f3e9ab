package sentinel

import "github.com/seed-9ff5f8f0/defender-sentinel/internal/record"

// list reads an answer `{"value":[…],"nextLink":…}`.
func list(text []byte, take func(f record.Fields)) (nextLink string, err error) {
	body, err := object(text)
	if err != nil {
		return "", err
	}
	f := record.NewFields(body)
	if _, ok := f.Objects("value"); !ok {
		f.Wrong("value", "missing")
	}
	take(f)
	if err := f.Err(); err != nil {
		return "", &SnapshotError{err}
	}
	return f.Loose().Text("nextLink"), nil
}

// elements are those of a list.
func elements(f record.Fields) []record.Fields {
	all, _ := f.Objects("value")
	return all
}
