package azure

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRemediesSayWhatToDo(t *testing.T) {
	for _, tt := range []struct {
		name string
		err  error
		want string
	}{
		{"none for a stranger", errors.New("x"), ""},
		{"none for what heals", &Error{Status: 500}, ""},
		{"none for a throttle", &Error{Status: 429, Class: ClassThrottled}, ""},
		{
			"one role, by name",
			&Error{Status: 403, Reason: ReasonMissingRoles, Roles: []string{"SecurityIncident.Read.All"}},
			"Grant the application the role SecurityIncident.Read.All on Microsoft Graph in this tenant, and have an administrator consent.",
		},
		{
			"several roles, wrapped",
			fmt.Errorf("poll: %w", &Error{Status: 403, Reason: ReasonMissingRoles, Roles: []string{"A.Read", "A.ReadWrite"}}),
			"Grant the application one of the roles A.Read, A.ReadWrite on Microsoft Graph in this tenant, and have an administrator consent.",
		},
		{"roles not named", &Error{Status: 403, Reason: ReasonMissingRoles}, "its Microsoft Graph roles"},
		{"wrong secret", &Error{Status: 401, Reason: reasonOfAADSTS(7000215)}, "value, not its id"},
		{"expired secret", &Error{Status: 401, Reason: reasonOfAADSTS(7000222)}, "new client secret"},
		{"consent", &Error{Status: 400, Reason: reasonOfAADSTS(65001)}, "consent"},
		{"app not in the tenant", &Error{Status: 400, Reason: reasonOfAADSTS(700016)}, "`client_id`"},
		{"unprovisioned", &Error{Status: 403, Reason: ReasonNotProvisioned}, "Microsoft Defender portal"},
		{"unlicensed", &Error{Status: 403, Reason: ReasonNotLicensed}, "licence"},
		{"unknown authority", &Error{Reason: ReasonUnknownAuthority}, "`http::tls::ca_file`"},
		{"a bare 401", &Error{Status: 401}, "`cloud`, `tenant_id`"},
		{"a bare 403", &Error{Status: 403}, "roles"},
		{"a proxy that wants a password", &Error{Status: 407}, "`http::proxy_url`"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.want == "" {
				require.Empty(t, Remedy(tt.err))
				return
			}
			require.Contains(t, Remedy(tt.err), tt.want)
		})
	}
}

// The source is the list of reasons: one that is added without a sentence, or
// with a careless one, is found here.
func TestEveryReasonHasOneSentence(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "reason.go", nil, 0)
	require.NoError(t, err)
	seen := map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		literal, ok := n.(*ast.BasicLit)
		if !ok {
			return true
		}
		value, err := strconv.Unquote(literal.Value)
		require.NoError(t, err)
		sentence := remedyOf(Reason(value))
		if Reason(value) == ReasonTimeRange || Reason(value) == ReasonAborted {
			require.Empty(t, sentence, "the sender splits; nobody has to act")
			return true
		}
		require.NotEmpty(t, sentence, value)
		require.True(t, strings.HasSuffix(sentence, "."), sentence)
		require.False(t, seen[sentence], "said twice: %s", sentence)
		seen[sentence] = true
		return true
	})
	require.Greater(t, len(seen), 20)
}

func TestEveryKnownNumberHasItsReason(t *testing.T) {
	for code, want := range map[int]Reason{
		7000215: ReasonWrongSecret, 7000216: ReasonWrongSecret, 7000222: ReasonSecretExpired,
		700016: ReasonAppNotFound, 7000112: ReasonAppDisabled, 65001: ReasonNoConsent, 650056: ReasonNoConsent,
		90002: ReasonTenantNotFound, 900023: ReasonTenantNotFound, 500011: ReasonResourceNotFound,
		50001: ReasonResourceNotFound, 53003: ReasonConditionalAccess,
		700027: ReasonCertificateUnknown, 7000272: ReasonFederation, 70021: ReasonFederation,
		70025: ReasonFederation, 700238: ReasonFederation,
		700211: ReasonFederation, 700212: ReasonFederation, 700213: ReasonFederation, 700223: ReasonFederation,
		700024: ReasonClock, 90033: "",
	} {
		require.Equal(t, want, reasonOfAADSTS(code), code)
	}
}
