package azure

import (
	"errors"
	"strings"
)

// Remedy is one plain sentence that says what a person should do about err; ""
// when there is nothing to do but wait. It holds no secret and no personal data.
func Remedy(err error) string {
	var e *Error
	if !errors.As(err, &e) {
		return ""
	}
	if e.Reason == ReasonMissingRoles && len(e.Roles) > 0 {
		return "Grant the application " + oneOf(e.Roles) +
			" on Microsoft Graph in this tenant, and have an administrator consent."
	}
	if sentence := remedyOf(e.Reason); sentence != "" {
		return sentence
	}
	if e.Cause != nil {
		return Remedy(e.Cause)
	}
	return remedyOfStatus(e.Status)
}

func oneOf(roles []string) string {
	if len(roles) == 1 {
		return "the role " + roles[0]
	}
	return "one of the roles " + strings.Join(roles, ", ")
}

func remedyOf(reason Reason) string {
	switch reason {
	case ReasonMissingRoles:
		return "Grant the application its Microsoft Graph roles in this tenant, and have an administrator consent."
	case ReasonNotProvisioned:
		return "Open the Microsoft Defender portal once in this tenant to provision Defender XDR; it takes a while."
	case ReasonNotLicensed:
		return "Give this tenant a licence that includes Defender XDR, or take the tenant out of the configuration."
	case ReasonNoConsent:
		return "Have an administrator of this tenant consent to the application."
	case ReasonAppNotFound:
		return "Check `client_id`, and have an administrator consent to the application so that it exists in this tenant."
	case ReasonAppDisabled:
		return "Enable the application in Microsoft Entra; it is disabled there."
	case ReasonTenantNotFound:
		return "Check `tenant_id` and `cloud`: Microsoft Entra knows no such tenant there."
	case ReasonConditionalAccess:
		return "Let the Conditional Access policies of this tenant admit the application from this machine."
	case ReasonResourceNotFound:
		return "Check `cloud`: the service a token was asked for does not exist in this tenant."
	case ReasonWrongSecret:
		return "Set the client secret's value, not its id, and check that it belongs to `client_id`."
	case ReasonSecretExpired:
		return "Make a new client secret for the application and put it in place of the expired one."
	case ReasonCertificateUnknown:
		return "Upload the certificate to the application, or configure the one that is there."
	case ReasonFederation:
		return "Check the application's federated credential: its issuer, subject and audience must match the other identity."
	case ReasonClock:
		return "Set this machine's clock: the assertion's time is not accepted."
	case ReasonNoIdentity:
		return "Set `credential`, or check that the identity it names exists on this machine."
	case ReasonIdentityFile:
		return "Check that the credential's file exists, can be read and holds what its setting says."
	case ReasonWrongTenant:
		return "Use `federated` with an application that is in this tenant: a managed identity only gets tokens of its own."
	case ReasonForeignHost:
		return "Check `cloud` and `hosts`: a token is only sent to the hosts they name."
	case ReasonNoDCRAccess:
		return "Assign the role Monitoring Metrics Publisher on the data collection rule to the application, and check that endpoint and rule belong together; it takes up to 30 minutes."
	case ReasonNoDCR:
		return "Check `immutable_id` and `endpoint`: there is no such data collection rule at that endpoint."
	case ReasonNoStream:
		return "Declare the stream in the data collection rule, or take it out of `streams`; a change takes up to 30 minutes."
	case ReasonNoSentinelAccess:
		return "Assign the role Microsoft Sentinel Responder on the workspace's resource group to the application (Reader is enough to read, Contributor to delete); it takes up to 30 minutes."
	case ReasonNoQueryAccess:
		return "Assign the role Log Analytics Reader on the workspace to the application; it takes up to 30 minutes."
	case ReasonNoWorkspace:
		return "Check the workspace's resource id, and that Microsoft Sentinel is enabled on it: Azure knows no such workspace there."
	case ReasonTimeRange, ReasonAborted: // The sender splits; nobody has to act.
		return ""
	case ReasonNotMicrosoft:
		return "Check the proxy: what answered is not the Microsoft service."
	case ReasonUnknownAuthority:
		return "Set `http::tls::ca_file` to the certificate authority of the proxy or server in between."
	case ReasonBadCertificate:
		return "Check the proxy and this machine's clock: the server's certificate is not valid for this host and time."
	case ReasonDNS:
		return "Check this machine's name resolution, or set `http::proxy_url`."
	case ReasonConnect:
		return "Let this machine reach the host on port 443, or set `http::proxy_url`."
	case ReasonTimeout:
		return "Check the network between this machine and Microsoft, or raise `http::timeout`."
	default:
		return ""
	}
}

// remedyOfStatus is for answers that gave no better hint.
func remedyOfStatus(status int) string {
	switch status {
	case 401:
		return "Check that `cloud`, `tenant_id` and the application belong together: the service refuses its token."
	case 403:
		return "Check the application's roles: the service knows it and refuses the request."
	case 407:
		return "Put the proxy's user and password into `http::proxy_url`."
	default:
		return ""
	}
}
