package azure

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// operationToken is the operation of every error on the way to a token.
const operationToken = "get token"

// credentialError is an identity that cannot even ask.
func credentialError(reason Reason, cause error) error {
	return &Error{Operation: operationToken, Reason: reason, Cause: cause}
}

// tokenError turns what azidentity returned into an [*Error] without the
// authority's answer in its text. Every token trouble is retryable: the request
// that needed it is not at fault, and secrets, consent and networks heal.
func tokenError(ctx context.Context, err error, trace *tokenTrace) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", operationToken, ctx.Err())
	}
	var failed *azidentity.AuthenticationFailedError
	switch {
	case !errors.As(err, &failed):
		return credentialError(ReasonNoIdentity, errors.New("no credential available"))
	case errors.As(trace.err, new(*azidentity.AuthenticationFailedError)):
		return credentialError(ReasonNoIdentity, errors.New("no assertion from the managed identity"))
	case failed.RawResponse != nil:
		return authorityError(failed)
	case trace.err != nil:
		return networkError(operationToken, trace.err)
	default:
		return credentialError(ReasonNoIdentity, errors.New("credential not accepted"))
	}
}

// authorityError reads Entra's answer, whose shape is OAuth's with Entra's
// numbers: {"error":"invalid_client","error_codes":[7000215],…}.
func authorityError(failed *azidentity.AuthenticationFailedError) error {
	resp := failed.RawResponse
	e := &Error{
		Operation:  operationToken,
		Status:     resp.StatusCode,
		RequestID:  RequestID(resp.Header),
		RetryAfter: retryAfter(resp.Header, time.Now()),
	}
	if c := classOfStatus(resp.StatusCode, e.RetryAfter); c == ClassThrottled {
		e.Class = ClassThrottled
	}
	body, err := runtime.Payload(resp) // Bounded by tracingTransport, and read before.
	if err != nil {
		return e
	}
	var answer struct {
		Error string `json:"error"`
		Codes []int  `json:"error_codes"`
	}
	if json.Unmarshal(body, &answer) != nil {
		return e
	}
	e.Code = cleanCode(answer.Error)
	switch {
	case len(answer.Codes) > 0:
		e.Code = fmt.Sprintf("AADSTS%d", answer.Codes[0])
		e.Reason = reasonOfAADSTS(answer.Codes[0])
	case e.Status == http.StatusBadRequest:
		// Entra always gives a number. This is the machine's own identity
		// endpoint, which does not have the identity.
		e.Reason = ReasonNoIdentity
	}
	return e
}

// reasonOfAADSTS knows the numbers a person can act on.
//
// Source: Microsoft Entra authentication error codes, and for the federation
// numbers Azure Pipelines' troubleshooting page, read 2026-11.
func reasonOfAADSTS(code int) Reason {
	switch code {
	case 7000215, 7000216:
		return ReasonWrongSecret
	case 7000222:
		return ReasonSecretExpired
	case 700016:
		return ReasonAppNotFound
	case 7000112:
		return ReasonAppDisabled
	case 65001, 650056:
		return ReasonNoConsent
	case 90002, 900023:
		return ReasonTenantNotFound
	case 500011, 50001:
		return ReasonResourceNotFound
	case 53003:
		return ReasonConditionalAccess
	case 700027:
		return ReasonCertificateUnknown
	case 70021, 70025, 700211, 700212, 700213, 700223, 700238, 7000272:
		return ReasonFederation
	case 700024:
		return ReasonClock
	default:
		return ""
	}
}
