package azure

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"
)

const (
	// errorBytesMax bounds how much of an error's body is read: the envelope
	// is a few hundred bytes, the rest is of no use.
	errorBytesMax = 64 << 10
	// codeCharsMax bounds a code or request id in a message.
	codeCharsMax = 64
	// rolesMax bounds how many role names are taken from a message.
	rolesMax = 8
)

// NewResponseError reads an answer that is not a success and closes it. The
// body's only trace is its code, and the reason and roles that could be told
// from its text. A client may refine Class and Reason before returning it.
func NewResponseError(operation string, resp *http.Response) *Error {
	defer resp.Body.Close()
	e := &Error{
		Operation:  operation,
		Status:     resp.StatusCode,
		RequestID:  RequestID(resp.Header),
		RetryAfter: retryAfter(resp.Header, time.Now()),
	}
	e.Class = classOfStatus(e.Status, e.RetryAfter)
	code, message := readEnvelope(resp)
	e.Code = cleanCode(code)
	e.Reason, e.Roles = reasonOf(e.Status, message)
	return e
}

// readEnvelope is the code and message of {"error":{"code","message"}}, as far
// as it can be read.
func readEnvelope(resp *http.Response) (code, message string) {
	body := io.Reader(resp.Body)
	if strings.EqualFold(resp.Header.Get("Content-Encoding"), "gzip") {
		unzip, err := Gunzip(io.LimitReader(resp.Body, errorBytesMax))
		if err != nil {
			return "", ""
		}
		defer unzip.Close()
		body = unzip
	}
	data, _ := io.ReadAll(io.LimitReader(body, errorBytesMax)) // A torn body has no code; the status stands.
	var envelope struct {
		Error struct {
			Code    string `json:"code"`
			Message string `json:"message"`
		} `json:"error"`
	}
	if json.Unmarshal(data, &envelope) != nil {
		return "", ""
	}
	return envelope.Error.Code, envelope.Error.Message
}

// reasonOf tells what a person can act on. Where the code says nothing, these
// texts are all the service gives.
//
// Source: answers quoted in wazuh-documentation issue 7300 (roles) and CIPP
// issue 1085; the other texts are known by sense only, hence the short words.
func reasonOf(status int, message string) (Reason, []string) {
	if status >= 300 && status < 400 {
		return ReasonNotMicrosoft, nil
	}
	if status != http.StatusUnauthorized && status != http.StatusForbidden {
		return "", nil
	}
	lower := strings.ToLower(message)
	switch {
	case strings.Contains(lower, "missing application roles"):
		return ReasonMissingRoles, requiredRoles(message)
	case strings.Contains(lower, "provision"):
		return ReasonNotProvisioned, nil
	case strings.Contains(lower, "licen"):
		return ReasonNotLicensed, nil
	default:
		return "", nil
	}
}

// requiredRoles takes the names out of `… API required roles: A.Read.All,
// A.ReadWrite.All, application roles: …`.
func requiredRoles(message string) []string {
	_, list, found := strings.Cut(message, "required roles:")
	if !found {
		return nil
	}
	list, _, _ = strings.Cut(list, "application roles:")
	var roles []string
	for name := range strings.SplitSeq(list, ",") {
		name = strings.TrimSpace(name)
		if name == "" || len(name) > codeCharsMax || name != cleanCode(name) {
			continue
		}
		if roles = append(roles, name); len(roles) == rolesMax {
			break
		}
	}
	return roles
}

// RequestID is the id under which the service logged the request, cleaned; ""
// when it gave none.
func RequestID(header http.Header) string {
	for _, name := range []string{"Request-Id", "X-Ms-Request-Id", "X-Ms-Correlation-Request-Id"} {
		if id := cleanCode(header.Get(name)); id != "" {
			return id
		}
	}
	return ""
}

// cleanCode keeps the characters that codes and ids are made of, so that a
// hostile one cannot break a line or carry a sentence.
func cleanCode(code string) string {
	var b strings.Builder
	for _, r := range code {
		word := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		if !word && !strings.ContainsRune("_.-", r) {
			continue
		}
		if b.WriteRune(r); b.Len() == codeCharsMax {
			break
		}
	}
	return b.String()
}
