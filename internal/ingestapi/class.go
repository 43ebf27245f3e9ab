package ingestapi

import (
	"errors"
	"net/http"
	"strings"
	"syscall"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
)

// abortBytesMin is the smallest body whose length may be why the connection
// broke. The service's limit is 1 MB of Content-Length.
const abortBytesMin = 256 << 10

// refine applies what the contract of this API says beyond the status.
func refine(err error, bodyBytes int) error {
	var e *azure.Error
	if !errors.As(err, &e) || errors.As(e.Cause, new(*azure.Error)) {
		return err // Called off, or no token: nothing about this request.
	}
	switch {
	case e.Status == http.StatusBadRequest && e.Code == "InvalidStream":
		// The endpoint knows a changed rule for minutes only later.
		e.Class, e.Reason = azure.ClassMisconfigured, azure.ReasonNoStream
	case e.Status == http.StatusBadRequest && strings.HasPrefix(e.Code, "RecordsTimeRangeIsMoreThan"):
		e.Class, e.Reason = azure.ClassSplit, azure.ReasonTimeRange
	case e.Status == http.StatusForbidden:
		e.Reason = azure.ReasonNoDCRAccess
	case e.Status == http.StatusNotFound:
		e.Reason = azure.ReasonNoDCR
	case strings.HasPrefix(e.Code, "PayloadSizeLimitExc"):
		e.Class = azure.ClassSplit
	case bodyBytes >= abortBytesMin && aborted(e):
		e.Class, e.Reason = azure.ClassSplit, azure.ReasonAborted
	}
	return err
}

// aborted tells the forms in which a body too large shows without a 413.
//
// Source: Logs Ingestion code tutorial, troubleshooting, read 2026-11.
func aborted(e *azure.Error) bool {
	if e.Code == "TimeoutExpired" || e.Code == "ReadyBody_ClientConnectionAbort" {
		return true
	}
	return e.Status == 0 && (errors.Is(e, syscall.ECONNRESET) || errors.Is(e, syscall.EPIPE))
}
