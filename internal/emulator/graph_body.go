package emulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator/rawjson"
)

// graphBodyMax bounds the body of a write; chosen, far above what any needs.
const graphBodyMax = 1 << 20

// refuseBody is the answer to a body that does not fit, in the words that were
// captured; what exactly is wrong stands in the details.
func refuseBody(format string, values ...any) *errQuery {
	return &errQuery{
		code: "InvalidRequestBody", message: "Request body is incorrect", detail: fmt.Sprintf(format, values...),
	}
}

// graphRefuse answers a refusal.
func (x *exchange) graphRefuse(bad *errQuery) {
	status := bad.status
	if status == 0 {
		status = http.StatusBadRequest
	}
	var details []map[string]string
	if bad.detail != "" {
		details = []map[string]string{{"code": bad.code, "message": bad.detail}}
	}
	x.graphErrorDetails(status, bad.code, bad.message, details)
}

// graphBody reads the members of a write's JSON object, without annotations. A
// member that comes twice is refused, since it is not known which would count.
func (x *exchange) graphBody() ([]rawjson.Member, *errQuery) {
	media, parameters, err := mime.ParseMediaType(x.request.Header.Get("Content-Type"))
	charset := parameters["charset"]
	if err != nil || media != "application/json" || charset != "" && !strings.EqualFold(charset, "utf-8") {
		return nil, &errQuery{
			status: http.StatusUnsupportedMediaType, code: "UnsupportedMediaType",
			message: "A supported MIME type could not be found that matches the content type of the request.",
		}
	}
	text, err := io.ReadAll(http.MaxBytesReader(nil, x.request.Body, graphBodyMax))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, &errQuery{status: http.StatusRequestEntityTooLarge, code: "RequestEntityTooLarge", message: "The request body is too large."}
	case err != nil:
		return nil, refuseBody("the body ended early")
	case len(text) == 0:
		return nil, refuse("Empty Payload. JSON content expected.")
	}
	return bodyMembers(text)
}

func bodyMembers(text []byte) ([]rawjson.Member, *errQuery) {
	compact, err := rawjson.Compact(text)
	if err != nil {
		return nil, refuse("Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.")
	}
	members, err := rawjson.Object(compact)
	if err != nil {
		return nil, refuseBody("%v", err)
	}
	for i, m := range members {
		if slices.ContainsFunc(members[:i], func(o rawjson.Member) bool { return o.Name == m.Name }) {
			return nil, refuseBody("%q comes twice", m.Name)
		}
	}
	return slices.DeleteFunc(members, func(m rawjson.Member) bool {
		return strings.HasPrefix(m.Name, "@odata.") && m.Name != "@odata.type"
	}), nil
}

// textOf reads a member that must be a string, or may be null.
func textOf(m rawjson.Member, nullable bool) (string, *errQuery) {
	if nullable && rawjson.IsNull(m.Value) {
		return "", nil
	}
	text, ok := rawjson.String(m.Value)
	if !ok {
		return "", refuseBody("%q must be a string, got %s", m.Name, rawjson.Kind(m.Value))
	}
	return text, nil
}

// textsOf reads a member that must be an array of strings that are not empty.
func textsOf(m rawjson.Member) ([]string, *errQuery) {
	var texts []*string
	if rawjson.Kind(m.Value) != "array" || json.Unmarshal(m.Value, &texts) != nil || slices.Contains(texts, nil) {
		return nil, refuseBody("%q must be an array of strings", m.Name)
	}
	plain := make([]string, len(texts))
	for i, text := range texts {
		if plain[i] = *text; *text == "" {
			return nil, refuseBody("%q must not hold an empty string", m.Name)
		}
	}
	return plain, nil
}
