package emulator

import (
	"fmt"
	"strings"
	"time"
)

// Words says in plain English, one line a fault, what the plan does.
func (p Plan) Words() []string {
	lines := []string{}
	for _, f := range p.Faults {
		line := f.what() + f.where()
		if f.rate() < 1 {
			line += fmt.Sprintf(", in %g %% of all cases", f.rate()*100)
		}
		if f.Count > 0 {
			line += fmt.Sprintf(", %d times", f.Count)
		}
		lines = append(lines, line)
	}
	return lines
}

func (f Fault) where() string {
	var where string
	if f.Operation != "" {
		where += " on " + f.Operation
	}
	if f.Service != "" {
		where += " of " + f.Service
	}
	if f.Tenant != "" {
		where += " for tenant " + f.Tenant
	}
	return where
}

// what is the fault itself. A kind that is not here could not have been put in
// force.
func (f Fault) what() string {
	switch f.Kind {
	case FaultStatus:
		return fmt.Sprintf("answers %d%s", f.Status, f.retryWords())
	case FaultCut:
		return f.cutWords()
	case FaultSlow:
		return fmt.Sprintf("answers come %v late", time.Duration(f.Delay))
	case FaultTinyPages:
		return fmt.Sprintf("pages hold %d rows at most", f.Rows)
	case FaultLate:
		return fmt.Sprintf("lists show a revision %v after its lastUpdateDateTime", time.Duration(f.Delay))
	case FaultTies:
		return "lastUpdateDateTime is cut to the second, so that many are equal"
	case FaultShuffle:
		return "rows of a page come in another order"
	case FaultNoNextLink:
		return fmt.Sprintf("no nextLink is given from row %d on", f.Rows)
	case FaultNextLinkLast:
		return "nextLink comes after the rows"
	case FaultSkipLimit:
		return fmt.Sprintf("$skip above %d is refused with 400", f.Rows)
	case FaultRefuseNextLink:
		return "next links are refused with 400"
	case FaultForeignNextLink:
		return "next links point to the foreign host " + f.Host
	case FaultExpandFails:
		return fmt.Sprintf("expanding alerts answers 500 when an incident has more than %d", f.Rows)
	case FaultPoison:
		return f.poisonWords()
	case FaultIgnoreOrderBy:
		return "$orderby is ignored"
	case FaultPartial:
		return "pages are partial: 206 and half of the rows"
	case FaultExpireTokens:
		return fmt.Sprintf("tokens count as expired %v after they were issued", time.Duration(f.Delay))
	case FaultWithdrawRoles:
		return f.roleWords()
	case FaultUnprovisioned:
		return "the tenant has no Defender"
	case FaultBodyLimit:
		return fmt.Sprintf("bodies over %d bytes %s are refused with 413", f.Bytes, f.measured())
	case FaultLostAnswer:
		return "answers are lost, the work being done"
	case FaultStaleAnswer:
		return "answers to writes show the state before them"
	case FaultStaleRead:
		return fmt.Sprintf("reads show the state of %v ago", time.Duration(f.Delay))
	case FaultNoEffect:
		return "a PATCH answers 200 and changes nothing"
	case FaultRewrite:
		return "a PATCH stores tags and owner in lower case, each tag once, without spaces around"
	case FaultEtagConflict:
		return "a PUT meets 409, somebody having written in between"
	}
	return string(f.Kind)
}

func (f Fault) cutWords() string {
	if f.Bytes == 0 {
		return "connections are cut before an answer"
	}
	return fmt.Sprintf("connections are cut after %d bytes of the answer, the work being done", f.Bytes)
}

func (f Fault) poisonWords() string {
	answers := "answers"
	if f.ExpandOnly {
		answers = "expanded answers"
	}
	return answers + " that hold incident " + strings.Join(f.IDs, " or ") + " are 500"
}

func (f Fault) roleWords() string {
	if len(f.Roles) == 0 {
		return "the app has no roles"
	}
	return "the app lacks " + strings.Join(f.Roles, ", ")
}

func (f Fault) measured() string {
	if f.AppliesTo == "compressed" {
		return "as sent"
	}
	return "before compression"
}

func (f Fault) retryWords() string {
	seconds, isDate := strings.CutPrefix(f.RetryAfter, "date:")
	switch {
	case f.RetryAfter == "":
		return " without Retry-After"
	case isDate:
		return " with a Retry-After date " + seconds + " s ahead"
	default:
		return " with Retry-After " + seconds
	}
}
