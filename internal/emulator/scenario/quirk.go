package scenario

import (
	"encoding/json"
	"strings"
	"time"
)

// What no contract names, as a service newer than its schema would write it.
const (
	newSubtype  = "browserExtensionEvidence"
	newMember   = "microsoftDefenderForBrowsers"
	newProperty = "detectionRuleVersion"
)

// quirk is an oddity seen in real payloads, or one to be expected of a service that grows.
// Source, but for the new names: payloads published by others.
type quirk struct {
	name  string
	odds  int // one alert in so many is offered it
	apply func(t *tracked, alert object, at time.Time)
}

// oddities sprinkles quirks on an alert that was just raised.
func (t *tracked) oddities(alert object, at time.Time) {
	for _, q := range quirks() {
		if t.oneIn(q.odds) {
			q.apply(t, alert, at)
		}
	}
}

func quirks() []quirk {
	return []quirk{
		{"sender address empty", 6, onEvidence("analyzedMessageEvidence", func(o object) { o["senderIp"] = "" })},
		{"subject a byte-order mark", 12, onEvidence("analyzedMessageEvidence", func(o object) { o["subject"] = "\ufeff" })},
		{"sender with angle brackets", 8, onEvidence("analyzedMessageEvidence", bracketSender)},
		{"parent image without hashes", 4, onEvidence("processEvidence", func(o object) { withoutHashes(o["parentProcessImageFile"]) })},
		{"only some hashes", 6, onEvidence("fileEvidence", someHashes)},
		{"device not joined to Entra", 8, onEvidence("deviceEvidence", func(o object) { o["azureAdDeviceId"] = nil })},
		{"values masked", 14, onEvidence("userEvidence", maskAccount)},
		{"HTML in the description", 12, html},
		{"text decoded wrongly", 20, mojibake},
		{"additional data null", 5, func(_ *tracked, a object, _ time.Time) { a["additionalData"] = nil }},
		{"numbers hard to keep", 16, hardNumbers},
		{"old id", 20, oldID},
		{"born resolved", 18, bornResolved},
		{"subtype nobody knows", 25, unknownSubtype},
		{"member nobody knows", 25, func(_ *tracked, a object, _ time.Time) { a["detectionSource"] = newMember }},
		{"property nobody knows", 25, func(t *tracked, a object, _ time.Time) {
			a[newProperty] = object{"major": t.between(1, 9), "preview": true, "notes": list{}}
		}},
	}
}

// onEvidence applies a change to all evidence of a subtype, at whatever depth.
func onEvidence(subtype string, change func(object)) func(*tracked, object, time.Time) {
	return func(_ *tracked, alert object, _ time.Time) {
		walk(alert["evidence"], func(o object) {
			if subtypeOf(o) == subtype {
				change(o)
			}
		})
	}
}

func bracketSender(o object) {
	sender, _ := o["p2Sender"].(object)
	name, _ := sender["displayName"].(string)
	address, _ := sender["emailAddress"].(string)
	sender["emailAddress"] = name + " <" + address + ">"
}

func withoutHashes(v any) {
	if file, ok := v.(object); ok {
		for _, hash := range []string{"sha1", "sha256", "md5", "sha256Ac"} {
			file[hash] = nil
		}
	}
}

func someHashes(o object) {
	if file, ok := o["fileDetails"].(object); ok {
		file["md5"], file["sha256Ac"], file["signer"], file["issuer"] = nil, nil, nil, nil
	}
}

func maskAccount(o object) {
	account, _ := o["userAccount"].(object)
	if name, ok := account["userPrincipalName"].(string); ok {
		account["userPrincipalName"] = name[:1] + "*****" + name[strings.IndexByte(name, '@'):]
		account["displayName"] = "*****"
	}
}

func html(_ *tracked, a object, _ time.Time) {
	text, _ := a["description"].(string)
	a["description"] = "<p>" + text + `</p><br/><a href="https://learn.microsoft.com/defender-xdr/">Learn&nbsp;more</a>`
}

func mojibake(_ *tracked, a object, _ time.Time) {
	a["recommendedActions"] = "Donâ€™t panic. 1. Validate the alert.\r\n2. Reset the userâ€™s password."
}

// hardNumbers are those that a float64 or a careless printer would change.
func hardNumbers(_ *tracked, a object, _ time.Time) {
	a["additionalData"] = object{
		"confidence": json.Number("0.90"), "fingerprint": json.Number("9007199254740993"), "ratio": json.Number("47.0"),
		"weight": json.Number("1E3"), "sequence": json.Number("12345678901234567890"),
	}
}

// oldID is the form that endpoint alerts had before: the provider's id carries the prefix too.
func oldID(t *tracked, a object, _ time.Time) {
	if !strings.HasPrefix(id(a), "da") {
		return
	}
	a["id"] = "da" + t.num(637000000000000000, 638999999999999999) + "_-" + t.num(100000000, 1999999999)
	a["providerAlertId"] = a["id"]
	a["alertWebUrl"] = portal + "/alerts/" + id(a) + "?tid=" + t.org.tenant
}

func id(o object) string {
	s, _ := o["id"].(string)
	return s
}

// bornResolved is an alert that a suppression rule closed before anybody saw it.
func bornResolved(_ *tracked, a object, at time.Time) {
	born := stamp(at.Add(-15 * time.Second))
	a["createdDateTime"], a["resolvedDateTime"], a["status"] = born, born, "resolved"
	a["assignedTo"], a["investigationState"] = "Suppression rule", "suppressedAlert"
	walk(a["evidence"], func(o object) {
		if subtypeOf(o) != "" {
			o["createdDateTime"] = born
		}
	})
}

func unknownSubtype(t *tracked, a object, _ time.Time) {
	e := evidence(newSubtype, object{
		"extensionId": t.hex(32), "displayName": "Free PDF helper", "permissions": strs("tabs", "webRequest"), "installCount": int64(3),
	})
	e["createdDateTime"] = a["createdDateTime"]
	have, _ := a["evidence"].(list)
	a["evidence"] = append(have, e)
}
