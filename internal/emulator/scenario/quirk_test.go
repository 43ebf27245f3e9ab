package scenario

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// signs says by which sign each quirk is known in an alert.
func signs() map[string]func(object) bool {
	any1 := func(subtype string, sign func(object) bool) func(object) bool {
		return func(a object) bool {
			for _, e := range evidenceOf(a, subtype) {
				if sign(e) {
					return true
				}
			}
			return false
		}
	}
	return map[string]func(object) bool{
		"sender address empty":       any1("analyzedMessageEvidence", func(o object) bool { return o["senderIp"] == "" }),
		"subject a byte-order mark":  any1("analyzedMessageEvidence", func(o object) bool { return o["subject"] == "\ufeff" }),
		"sender with angle brackets": any1("analyzedMessageEvidence", func(o object) bool { return strings.HasSuffix(text(at(o, "p2Sender.emailAddress")), ">") }),
		"parent image without hashes": any1("processEvidence", func(o object) bool {
			return at(o, "parentProcessImageFile.sha256") == nil && at(o, "parentProcessImageFile.fileName") != nil
		}),
		"only some hashes":           any1("fileEvidence", func(o object) bool { return at(o, "fileDetails.md5") == nil && at(o, "fileDetails.sha256") != nil }),
		"device not joined to Entra": any1("deviceEvidence", func(o object) bool { return o["azureAdDeviceId"] == nil }),
		"values masked":              any1("userEvidence", func(o object) bool { return strings.Contains(text(at(o, "userAccount.userPrincipalName")), "*****@") }),
		"HTML in the description":    func(a object) bool { return strings.HasPrefix(text(a["description"]), "<p>") },
		"text decoded wrongly":       func(a object) bool { return strings.Contains(text(a["recommendedActions"]), "â€™") },
		"additional data null":       func(a object) bool { return a["additionalData"] == nil },
		"numbers hard to keep":       func(a object) bool { return at(a, "additionalData.confidence") == json.Number("0.90") },
		"old id":                     func(a object) bool { return a["id"] == a["providerAlertId"] && a["serviceSource"] == mde },
		"born resolved": func(a object) bool {
			return a["createdDateTime"] == a["resolvedDateTime"] && a["assignedTo"] == "Suppression rule"
		},
		"subtype nobody knows":  func(a object) bool { return len(evidenceOf(a, newSubtype)) > 0 },
		"member nobody knows":   func(a object) bool { return a["detectionSource"] == newMember },
		"property nobody knows": func(a object) bool { return a[newProperty] != nil },
	}
}

func TestEveryQuirkOccursInLifeAndNoneInEveryType(t *testing.T) {
	count := func(steps []Step) map[string]int {
		met := map[string]int{}
		for _, step := range steps {
			for _, a := range alertsOf(step.Incident) {
				for name, sign := range signs() {
					if sign(a) {
						met[name]++
					}
				}
			}
		}
		return met
	}
	life, plain := count(ends(lifeOf(t))), count(ends(play(t, "every-type", settings(0))))
	if len(signs()) != len(quirks()) {
		t.Errorf("%d signs for %d quirks", len(signs()), len(quirks()))
	}
	for _, q := range quirks() {
		if life[q.name] == 0 {
			t.Errorf("%s: never in a long life", q.name)
		}
	}
	if len(plain) != 0 {
		t.Errorf("oddities in every-type: %v", plain)
	}
}

// A document read back by a careful reader is the document written: no value that JSON cannot carry.
func TestQuirksSurviveJSON(t *testing.T) {
	for _, step := range ends(lifeOf(t)) {
		decoder := json.NewDecoder(strings.NewReader(encode(t, step.Incident)))
		decoder.UseNumber()
		var back object
		if err := decoder.Decode(&back); err != nil {
			t.Fatal(err)
		}
		if got, want := encode(t, back), encode(t, step.Incident); got != want {
			t.Fatalf("%s: %s became %s", step.Note, want, got)
		}
	}
}

func TestBuiltInAndLocalAccounts(t *testing.T) {
	met := map[string]bool{}
	for _, incident := range wholeStories(t) {
		walk(incident, func(o object) {
			switch {
			case o["userSid"] == "S-1-5-18":
				met["system"] = o["domainName"] == "NT AUTHORITY" && o["userPrincipalName"] == nil && o["azureAdUserId"] == nil
			case o["accountName"] == "adminlocal" && o["userSid"] != nil:
				met["local"] = o["userPrincipalName"] == nil && o["azureAdUserId"] == nil && o["tenantId"] == nil
			}
		})
	}
	if !met["system"] || !met["local"] {
		t.Error(fmt.Sprint("accounts met as they should be: ", met))
	}
}
