package scenario

import (
	"maps"
	"time"
)

// object and list are what documents are made of.
type (
	object = map[string]any
	list   = []any
)

const odataPrefix = "#microsoft.graph.security."

// stamp writes a moment as Graph does: UTC, Z, at most seven digits, trailing zeros trimmed.
func stamp(t time.Time) string {
	return t.UTC().Format("2006-01-02T15:04:05.9999999Z")
}

// strs turns strings into a list; none give an empty one.
func strs(items ...string) list {
	out := make(list, len(items))
	for i, s := range items {
		out[i] = s
	}
	return out
}

// evidence completes the properties of a subtype with those all evidence has. It owns props.
// createdDateTime is filled when the alert is raised.
func evidence(subtype string, props object) object {
	props["@odata.type"] = odataPrefix + subtype
	props["createdDateTime"] = nil
	props["verdict"] = "unknown"
	props["remediationStatus"] = "none"
	props["remediationStatusDetails"] = nil
	props["roles"] = list{}
	props["detailedRoles"] = list{}
	props["tags"] = list{}
	return props
}

// malicious, suspicious and clean judge a piece of evidence and say what part it played.

func malicious(e object, roles ...string) object {
	return judge(e, "malicious", "active", roles)
}

func suspicious(e object, roles ...string) object {
	return judge(e, "suspicious", "none", roles)
}

func clean(e object, roles ...string) object {
	return judge(e, "noThreatsFound", "none", roles)
}

func judge(e object, verdict, remediation string, roles []string) object {
	e["verdict"], e["remediationStatus"], e["roles"] = verdict, remediation, strs(roles...)
	return e
}

// remediation sets how far the clean-up of a piece of evidence has come.
func remediation(e object, status, details string) object {
	e["remediationStatus"], e["remediationStatusDetails"] = status, details
	return e
}

// subtypeOf returns the evidence subtype of an object, "" if it is not evidence.
func subtypeOf(o object) string {
	full, _ := o["@odata.type"].(string)
	if len(full) <= len(odataPrefix) {
		return ""
	}
	return full[len(odataPrefix):]
}

// walk calls visit for every object within v, v itself included, parents first.
func walk(v any, visit func(object)) {
	switch v := v.(type) {
	case object:
		visit(v)
		for _, key := range sortedKeys(v) {
			walk(v[key], visit)
		}
	case list:
		for _, item := range v {
			walk(item, visit)
		}
	}
}

// created stamps all evidence within v that has no createdDateTime yet.
func created(v any, at time.Time) {
	walk(v, func(o object) {
		if subtypeOf(o) != "" && o["createdDateTime"] == nil {
			o["createdDateTime"] = stamp(at)
		}
	})
}

// clone copies a document to its depth.
func clone(v any) any {
	switch v := v.(type) {
	case object:
		return cloneObject(v)
	case list:
		out := make(list, len(v))
		for i, item := range v {
			out[i] = clone(item)
		}
		return out
	}
	return v
}

func cloneObject(o object) object {
	out := maps.Clone(o)
	for key, value := range out {
		switch value.(type) {
		case object, list:
			out[key] = clone(value)
		}
	}
	return out
}
