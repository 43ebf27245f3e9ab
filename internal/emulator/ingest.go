package emulator

import (
	"fmt"
	"mime"
	"net/http"
	"strings"
)

// ingestion serves POST /dataCollectionRules/{id}/streams/{stream}.
func (e *Emulator) ingestion(x *exchange) {
	if _, err := e.authorize(x); err != nil {
		x.ingestError(http.StatusUnauthorized, "InvalidAuthenticationToken", "The access token is missing, invalid or expired: "+err.Error()+".")
		return
	}
	ruleID, stream, ok := uploadPath(x.request)
	rule := e.rules[ruleID]
	switch {
	case !ok:
		x.ingestError(http.StatusNotFound, "NotFound", "The requested path does not exist.")
	case x.request.Method != http.MethodPost:
		x.ingestError(http.StatusMethodNotAllowed, "MethodNotAllowed", "The requested method is not allowed.")
	case x.refusesVersion() || x.refusesMedia():
	case rule == nil:
		x.ingestError(http.StatusNotFound, "NotFound", fmt.Sprintf("Data collection rule with immutable Id '%s' not found.", ruleID))
	case e.deniesUpload(x, ruleID) || e.refusesLength(x):
	case rule.streams[stream] == nil:
		x.ingestError(http.StatusBadRequest, "InvalidStream", fmt.Sprintf(
			"The stream %s was not configured in the data collection rule with immutable Id %s.", stream, ruleID))
	default:
		e.upload(x, tableKey{rule: ruleID, stream: stream}, rule.streams[stream])
	}
}

func uploadPath(r *http.Request) (rule, stream string, ok bool) {
	parts := strings.Split(r.URL.Path, "/") // "", dataCollectionRules, id, streams, stream
	if len(parts) != 5 || parts[3] != "streams" || parts[4] == "" {
		return "", "", false
	}
	return parts[2], parts[4], true
}

// refusesVersion takes the version of today's clients and the one an exporter
// in the field still sends.
func (x *exchange) refusesVersion() bool {
	version := x.request.URL.Query().Get("api-version")
	if version == "2023-01-01" || version == "2021-11-01-preview" {
		return false
	}
	x.ingestError(http.StatusBadRequest, "UnsupportedApiVersion",
		fmt.Sprintf("The api-version '%s' is missing or not supported.", version))
	return true
}

func (x *exchange) refusesMedia() bool {
	media, _, err := mime.ParseMediaType(x.request.Header.Get("Content-Type"))
	encoding := x.request.Header.Get("Content-Encoding")
	if err == nil && media == "application/json" && (encoding == "" || encoding == "gzip" || encoding == "identity") {
		return false
	}
	x.ingestError(http.StatusUnsupportedMediaType, "UnsupportedMediaType",
		"Content-Type must be application/json and Content-Encoding gzip or absent.")
	return true
}

// deniesUpload answers as Azure does when the app has no role on the rule.
func (e *Emulator) deniesUpload(x *exchange, rule string) bool {
	_, played := e.play(x, FaultWithdrawRoles)
	if played {
		x.ingestError(http.StatusForbidden, "OperationFailed", fmt.Sprintf(
			"The authentication token provided does not have access to ingest data for the data collection rule with immutable Id '%s' PipelineAccessResult: AccessGranted: False, IsRbacPresent: False, IsDcrDceBindingValid: True, DcrArmId: , Message: Required authorization action was not found for tenantId %s.",
			rule, x.tenant))
	}
	return played
}

// ingestError answers in the form of the Logs Ingestion API.
func (x *exchange) ingestError(status int, code, message string) {
	x.json(status, map[string]any{"error": map[string]string{"code": code, "message": message}})
}
