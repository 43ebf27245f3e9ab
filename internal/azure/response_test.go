package azure

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// closing remembers that it was closed.
type closing struct {
	io.Reader
	closed bool
}

func (c *closing) Close() error {
	c.closed = true
	return nil
}

func response(status int, body string, header ...string) *http.Response {
	h := http.Header{}
	for i := 0; i+1 < len(header); i += 2 {
		h.Add(header[i], header[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body))}
}

const missingRoles = `{"error":{"code":"Forbidden","message":"Missing application roles. API required roles: ` +
	`SecurityIncident.Read.All,SecurityIncident.ReadWrite.All, application roles: User.Read.All.","innerError":{}}}`

func TestAnAnswerBecomesAnError(t *testing.T) {
	for _, tt := range []struct {
		name string
		resp *http.Response
		want Error
	}{
		{
			"throttled, in full",
			response(429, `{"error":{"code":"TooManyRequests","message":"slow down"}}`,
				"Request-Id", "11f2c3d4-0000", "Retry-After", "12"),
			Error{Status: 429, Code: "TooManyRequests", RequestID: "11f2c3d4-0000", RetryAfter: 12 * time.Second, Class: ClassThrottled},
		},
		{
			"throttled without a word",
			response(429, ""),
			Error{Status: 429, Class: ClassThrottled},
		},
		{
			"missing roles, named",
			response(403, missingRoles, "x-ms-request-id", "r"),
			Error{
				Status: 403, Code: "Forbidden", RequestID: "r", Class: ClassMisconfigured, Reason: ReasonMissingRoles,
				Roles: []string{"SecurityIncident.Read.All", "SecurityIncident.ReadWrite.All"},
			},
		},
		{
			"not provisioned",
			response(401, `{"error":{"code":"Unauthorized","message":"The account is not provisioned."}}`),
			Error{Status: 401, Code: "Unauthorized", Class: ClassMisconfigured, Reason: ReasonNotProvisioned},
		},
		{
			"not licensed",
			response(403, `{"error":{"code":"Forbidden","message":"Tenant is not licensed for this feature"}}`),
			Error{Status: 403, Code: "Forbidden", Class: ClassMisconfigured, Reason: ReasonNotLicensed},
		},
		{
			"the same words beside another status mean nothing",
			response(400, `{"error":{"code":"","message":"not licensed, Missing application roles"}}`),
			Error{Status: 400, Class: ClassPermanent},
		},
		{
			"a login page of a network in between",
			response(302, `<html>`, "Location", "https://portal.test"),
			Error{Status: 302, Class: ClassMisconfigured, Reason: ReasonNotMicrosoft},
		},
		{
			"no JSON",
			response(502, `<html>Bad Gateway</html>`),
			Error{Status: 502, Class: ClassRetryable},
		},
		{
			"a torn body",
			response(500, `{"error":{"code":"Intern`),
			Error{Status: 500, Class: ClassRetryable},
		},
		{
			"JSON of another shape",
			response(500, `{"error":"invalid_client","code":7}`),
			Error{Status: 500, Class: ClassRetryable},
		},
		{
			"a code that is a sentence with a line break",
			response(400, `{"error":{"code":"Bad\nthing: <b>really</b>"}}`, "Request-Id", "a\tb c"),
			Error{Status: 400, Code: "Badthingbreallyb", RequestID: "abc", Class: ClassPermanent},
		},
		{
			"a code without end",
			response(400, `{"error":{"code":"`+strings.Repeat("x", 5000)+`"}}`),
			Error{Status: 400, Code: strings.Repeat("x", codeCharsMax), Class: ClassPermanent},
		},
		{
			"a body without end is not read to it",
			response(400, `{"error":{"message":"`+strings.Repeat("x", errorBytesMax)+`","code":"Late"}}`),
			Error{Status: 400, Class: ClassPermanent},
		},
		{
			"said to be gzip, is not",
			response(400, `{"error":{"code":"Plain"}}`, "Content-Encoding", "gzip"),
			Error{Status: 400, Class: ClassPermanent},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			body := &closing{Reader: tt.resp.Body}
			tt.resp.Body = body
			tt.want.Operation = "list incidents"
			require.Equal(t, &tt.want, NewResponseError("list incidents", tt.resp))
			require.True(t, body.closed)
		})
	}
}

func TestAGzippedErrorHasItsCode(t *testing.T) {
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	_, err := w.Write([]byte(`{"error":{"code":"InvalidStream"}}`))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	e := NewResponseError("upload rows", response(400, zipped.String(), "Content-Encoding", "gzip"))
	require.Equal(t, "InvalidStream", e.Code)
}

func TestAZipBombOfAnErrorIsBounded(t *testing.T) {
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	_, err := w.Write([]byte(`{"error":{"message":"` + strings.Repeat(" ", 8<<20) + `","code":"Late"}}`))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	require.Less(t, zipped.Len(), errorBytesMax)
	require.Empty(t, NewResponseError("upload rows", response(400, zipped.String(), "Content-Encoding", "gzip")).Code)
}

func TestRolesAreTakenAsNamesOnly(t *testing.T) {
	for _, tt := range []struct {
		message string
		want    []string
	}{
		{"Missing application roles.", nil},
		{"API required roles: , application roles: .", nil},
		{"API required roles: A.Read,B.Read", []string{"A.Read", "B.Read"}},
		{"API required roles: A.Read,jane@contoso.com, two words,<b>, application roles: C.Read", []string{"A.Read"}},
		{"API required roles: " + strings.Repeat("R,", 20), []string{"R", "R", "R", "R", "R", "R", "R", "R"}},
		{"API required roles: " + strings.Repeat("R", 65), nil},
	} {
		require.Equal(t, tt.want, requiredRoles(tt.message), tt.message)
	}
}
