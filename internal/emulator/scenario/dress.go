package scenario

// dress fills the properties all evidence has: always in a full document, now and then elsewhere,
// for the service leaves them empty as often as not.
func (t *tracked) dress(v any) {
	e, ok := v.(object)
	if !ok || !t.full && t.oneIn(2) {
		return
	}
	if roles, _ := e["roles"].(list); len(roles) == 0 {
		e["roles"] = strs("contextual")
	}
	e["detailedRoles"] = strs(detailedRole(subtypeOf(e)))
	e["tags"] = strs(tagOf(subtypeOf(e)))
	if e["remediationStatusDetails"] == nil && t.full {
		status, _ := e["remediationStatus"].(string)
		e["remediationStatusDetails"] = remediationWords(status)
	}
}

func detailedRole(subtype string) string {
	switch subtype {
	case "deviceEvidence":
		return "PrimaryDevice"
	case "userEvidence":
		return "Main user"
	case "fileEvidence", "processEvidence":
		return "Referred in command line"
	}
	return "Related"
}

func tagOf(subtype string) string {
	switch subtype {
	case "deviceEvidence", "userEvidence":
		return "High value asset"
	case "ipEvidence", "urlEvidence", "dnsEvidence":
		return "First seen"
	}
	return "Reviewed"
}

// remediationWords are the details beside a remediation status.
func remediationWords(status string) string {
	switch status {
	case "remediated":
		return "Entity was remediated by automated investigation"
	case "blocked", "prevented":
		return "Entity was stopped before it could act"
	case "pendingApproval":
		return "Waiting for somebody to approve the action"
	case "running":
		return "The action is under way"
	case "partiallyRemediated":
		return "Some instances could not be reached"
	case "notFound":
		return "Entity was gone when the action started"
	case "active":
		return "No action was taken yet"
	}
	return "No action needed"
}
