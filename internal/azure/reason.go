package azure

// Reason is why a request went wrong, as far as it can be told without
// repeating the service's own text. The empty reason is unknown.
type Reason string

// The reasons, grouped by who has to act.
const (
	ReasonMissingRoles       Reason = "missing_roles"
	ReasonNotProvisioned     Reason = "not_provisioned"
	ReasonNotLicensed        Reason = "not_licensed"
	ReasonNoConsent          Reason = "no_consent"
	ReasonAppNotFound        Reason = "app_not_found"
	ReasonAppDisabled        Reason = "app_disabled"
	ReasonTenantNotFound     Reason = "tenant_not_found"
	ReasonConditionalAccess  Reason = "conditional_access"
	ReasonResourceNotFound   Reason = "resource_not_found"
	ReasonWrongSecret        Reason = "wrong_secret"
	ReasonSecretExpired      Reason = "secret_expired"
	ReasonCertificateUnknown Reason = "certificate_unknown"
	ReasonFederation         Reason = "federation"
	ReasonClock              Reason = "clock"
	ReasonNoIdentity         Reason = "no_identity"
	ReasonIdentityFile       Reason = "identity_file"
	ReasonWrongTenant        Reason = "wrong_tenant"
	ReasonForeignHost        Reason = "foreign_host"
	ReasonNoDCRAccess        Reason = "no_dcr_access"
	ReasonNoDCR              Reason = "no_dcr"
	ReasonNoStream           Reason = "no_stream"
	ReasonTimeRange          Reason = "time_range"
	ReasonNoSentinelAccess   Reason = "no_sentinel_access"
	ReasonNoQueryAccess      Reason = "no_query_access"
	ReasonNoWorkspace        Reason = "no_workspace"
	ReasonAborted            Reason = "aborted"
	ReasonNotMicrosoft       Reason = "not_microsoft"
	ReasonUnknownAuthority   Reason = "unknown_authority"
	ReasonBadCertificate     Reason = "bad_certificate"
	ReasonDNS                Reason = "dns"
	ReasonConnect            Reason = "connect"
	ReasonTimeout            Reason = "timeout"
)
