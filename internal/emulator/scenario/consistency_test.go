package scenario

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// wholeStories are incidents without oddities, one of each kind of story and tenant.
func wholeStories(t *testing.T) []object {
	t.Helper()
	var out []object
	for _, step := range play(t, "every-type", settings(4*len(stories()))) {
		if step.Incident["status"] == "active" {
			out = append(out, step.Incident)
		}
	}
	return out
}

// sameness says: objects that agree in key agree in all of these, across all incidents of a tenant
// or, when local, within one incident.
type sameness struct {
	name       string
	applies    func(object) bool
	key, agree []string
	local      bool
}

func subtypeIs(name string) func(object) bool {
	return func(o object) bool { return subtypeOf(o) == name }
}

func has(keys ...string) func(object) bool {
	return func(o object) bool {
		for _, k := range keys {
			if o[k] == nil {
				return false
			}
		}
		return true
	}
}

func samenesses() []sameness {
	return []sameness{
		{"host", subtypeIs("deviceEvidence"), []string{"mdeDeviceId"}, []string{"hostName", "deviceDnsName", "osPlatform", "osBuild", "version", "azureAdDeviceId", "lastIpAddress", "vmMetadata"}, false},
		{"host name", subtypeIs("deviceEvidence"), []string{"hostName"}, []string{"mdeDeviceId"}, false},
		{"account", has("userSid", "accountName"), []string{"userSid"}, []string{"accountName", "domainName", "azureAdUserId", "userPrincipalName", "displayName"}, false},
		{"principal", has("userSid", "userPrincipalName"), []string{"userPrincipalName"}, []string{"userSid", "azureAdUserId"}, false},
		{"address", subtypeIs("ipEvidence"), []string{"ipAddress"}, []string{"countryLetterCode", "location"}, false},
		{"file", has("sha256", "fileName"), []string{"fileName", "filePath"}, []string{"sha256", "sha1", "md5", "fileSize"}, true},
		{"hash", has("sha256", "fileName"), []string{"sha256"}, []string{"fileName", "md5", "fileSize"}, false},
		{"process", subtypeIs("processEvidence"), []string{"mdeDeviceId", "processId", "processCreationDateTime"}, []string{"processCommandLine", "imageFile", "parentProcessId", "parentProcessCreationDateTime", "userAccount"}, false},
		{"mail", subtypeIs("analyzedMessageEvidence"), []string{"networkMessageId"}, []string{"subject", "recipientEmailAddress", "p2Sender", "senderIp", "urls", "internetMessageId"}, false},
		{"mailbox", subtypeIs("mailboxEvidence"), []string{"primaryAddress"}, []string{"upn", "displayName", "userAccount"}, false},
		{"session", subtypeIs("cloudLogonSessionEvidence"), []string{"sessionId"}, []string{"startUtcDateTime", "userAgent"}, false},
		{"application", has("appId", "objectId"), []string{"appId"}, []string{"displayName", "objectId"}, false},
		{"cluster", subtypeIs("kubernetesClusterEvidence"), []string{"name"}, []string{"version", "platform"}, false},
		{"pod", subtypeIs("kubernetesPodEvidence"), []string{"name"}, []string{"labels"}, false},
		{"container image", subtypeIs("containerEvidence"), []string{"containerId"}, []string{"name", "isPrivileged", "command", "args"}, false},
		{"group", subtypeIs("securityGroupEvidence"), []string{"sid"}, []string{"displayName", "distinguishedName", "activeDirectoryObjectGuid"}, false},
		{"plant device", subtypeIs("ioTDeviceEvidence"), []string{"deviceId"}, []string{"deviceName", "macAddress", "serialNumber"}, false},
		{"agent", subtypeIs("aiAgentEvidence"), []string{"agentId"}, []string{"agentName", "instructions"}, false},
		{"SAS token", subtypeIs("sasTokenEvidence"), []string{"signatureHash"}, []string{"startDateTime", "expiryDateTime", "permissions"}, false},
	}
}

func TestTheSameThingIsTheSameEverywhere(t *testing.T) {
	incidents := wholeStories(t)
	for _, rule := range samenesses() {
		t.Run(rule.name, func(t *testing.T) {
			seen, met := map[string]string{}, 0
			for _, incident := range incidents {
				walk(incident, func(o object) {
					if !rule.applies(o) {
						return
					}
					met++
					key := text(incident["tenantId"])
					if rule.local {
						key = text(incident["id"])
					}
					key += project(o, rule.key)
					value := project(o, rule.agree)
					if before, ok := seen[key]; ok && before != value {
						t.Errorf("%s: %s and %s", key, before, value)
					}
					seen[key] = value
				})
			}
			if met < 2 || met == len(seen) {
				t.Errorf("met %d times as %d things: nothing is compared", met, len(seen))
			}
		})
	}
}

func project(o object, keys []string) string {
	var b strings.Builder
	for _, k := range keys {
		fmt.Fprintf(&b, " %s=%v", k, strip(o[k]))
	}
	return b.String()
}

// strip leaves out what may differ between two mentions of one thing.
func strip(v any) any {
	o, ok := v.(object)
	if !ok {
		return v
	}
	out := cloneObject(o)
	delete(out, "resourceAccessEvents")
	return out
}

// A process whose parent is evidence too must say of it what the parent says of itself.
func TestProcessesDescendFromOneAnother(t *testing.T) {
	links := 0
	for _, incident := range wholeStories(t) {
		processes := evidenceOf(incident, "processEvidence")
		for _, p := range processes {
			if moment(t, p["parentProcessCreationDateTime"]).After(moment(t, p["processCreationDateTime"])) {
				t.Errorf("%v is older than its parent", p["processCommandLine"])
			}
			for _, q := range processes {
				if q["mdeDeviceId"] != p["mdeDeviceId"] || q["processId"] != p["parentProcessId"] {
					continue
				}
				links++
				if q["processCreationDateTime"] != p["parentProcessCreationDateTime"] || project(q, []string{"imageFile"}) != strings.Replace(project(p, []string{"parentProcessImageFile"}), "parentProcessImageFile", "imageFile", 1) {
					t.Errorf("%v and its parent %v disagree", p["processCommandLine"], q["processCommandLine"])
				}
			}
		}
	}
	if links < 20 {
		t.Errorf("only %d pairs of parent and child", links)
	}
}

func TestProcessesAndFilesLieOnHostsOfTheIncident(t *testing.T) {
	for _, incident := range wholeStories(t) {
		hosts := map[any]bool{}
		for _, d := range evidenceOf(incident, "deviceEvidence") {
			hosts[d["mdeDeviceId"]] = true
		}
		for _, subtype := range []string{"processEvidence", "fileEvidence", "registryValueEvidence"} {
			for _, e := range evidenceOf(incident, subtype) {
				if !hosts[e["mdeDeviceId"]] {
					t.Errorf("%s of %v is on no host of it", subtype, incident["displayName"])
				}
			}
		}
	}
}

// One property is a part of another, each named by a path of keys.
func TestNamesAgreeWithin(t *testing.T) {
	for _, rule := range []struct{ subtype, part, whole string }{
		{"azureResourceEvidence", "resourceName", "resourceId"},
		{"azureResourceEvidence", "resourceType", "resourceId"},
		{"blobEvidence", "blobContainer.url", "url"},
		{"blobEvidence", "name", "url"},
		{"blobContainerEvidence", "storageResource.resourceName", "url"},
		{"amazonResourceEvidence", "resourceName", "amazonResourceId"},
		{"googleCloudResourceEvidence", "projectId", "fullResourceName"},
		{"googleCloudResourceEvidence", "location", "fullResourceName"},
		{"googleCloudResourceEvidence", "resourceName", "fullResourceName"},
		{"containerImageEvidence", "registry.registry", "imageId"},
		{"kubernetesClusterEvidence", "name", "cloudResource.resourceId"},
		{"gitHubRepoEvidence", "owner", "baseUrl"},
		{"gitHubUserEvidence", "login", "webUrl"},
		{"mailboxEvidence", "upn", "userAccount.userPrincipalName"},
		{"mailboxConfigurationEvidence", "upn", "mailboxPrimaryAddress"},
		{"deviceEvidence", "hostName", "deviceDnsName"},
		{"deviceEvidence", "dnsDomain", "deviceDnsName"},
		{"ioTDeviceEvidence", "deviceId", "devicePageLink"},
		{"ioTDeviceEvidence", "devicePageLink", "sourceRef.url"},
		{"kubernetesPodEvidence", "controller.name", "name"},
		{"kubernetesPodEvidence", "namespace.name", "controller.namespace.name"},
	} {
		met := 0
		for _, incident := range wholeStories(t) {
			for _, e := range evidenceOf(incident, rule.subtype) {
				met++
				part, whole := text(at(e, rule.part)), text(at(e, rule.whole))
				if part == "" || !strings.Contains(whole, part) {
					t.Errorf("%s: %s %q is not in %s %q", rule.subtype, rule.part, part, rule.whole, whole)
				}
			}
		}
		if met == 0 {
			t.Errorf("no %s met", rule.subtype)
		}
	}
}

func at(o object, path string) any {
	head, rest, more := strings.Cut(path, ".")
	if !more {
		return o[head]
	}
	inner, _ := o[head].(object)
	return at(inner, rest)
}

func TestMailsAgree(t *testing.T) {
	for _, incident := range wholeStories(t) {
		mails := map[any]object{}
		for _, m := range evidenceOf(incident, "analyzedMessageEvidence") {
			mails[m["networkMessageId"]] = m
			if urls, _ := m["urls"].(list); m["urlCount"] != int64(len(urls)) {
				t.Errorf("urlCount is %v of %d", m["urlCount"], len(urls))
			}
		}
		for _, c := range evidenceOf(incident, "mailClusterEvidence") {
			ids, _ := c["networkMessageIds"].(list)
			if c["emailCount"] != int64(len(ids)) || mails[ids[0]] == nil {
				t.Errorf("cluster %v counts %v, and its first mail is not there", c["urn"], c["emailCount"])
			}
		}
		for _, r := range evidenceOf(incident, "submissionMailEvidence") {
			m := mails[r["networkMessageId"]]
			if m == nil || m["subject"] != r["subject"] || at(m, "p2Sender.emailAddress") != r["sender"] || m["recipientEmailAddress"] != r["recipient"] {
				t.Errorf("submission %v is of another mail", r["submissionId"])
			}
		}
	}
}

// Whatever evidence tells lies before the alert, but for the end of a token; and an alert's own
// times are in order.
func TestTimesAreInOrder(t *testing.T) {
	for _, step := range append(lifeOf(t), play(t, "every-type", settings(0))...) {
		incidentChanged := moment(t, step.Incident["lastUpdateDateTime"])
		for _, a := range alertsOf(step.Incident) {
			order := []time.Time{}
			for _, key := range []string{"firstActivityDateTime", "lastActivityDateTime", "createdDateTime", "lastUpdateDateTime"} {
				order = append(order, moment(t, a[key]))
			}
			for i, at := range append(order, incidentChanged)[1:] {
				if at.Before(order[i]) {
					t.Fatalf("alert %v: %v", a["title"], order)
				}
			}
			walk(a["evidence"], func(o object) {
				for key, v := range o {
					if strings.HasSuffix(key, "DateTime") && key != "expiryDateTime" && v != nil && moment(t, v).After(order[2]) {
						t.Errorf("%s of %s is %v, after the alert's creation %v", key, subtypeOf(o), v, order[2])
					}
				}
			})
		}
	}
}
