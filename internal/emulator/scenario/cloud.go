package scenario

import (
	"encoding/json"
	"strings"
	"time"
)

// azure is a resource of the tenant's subscription: kind as in Microsoft.Storage/storageAccounts.
func (s *scene) azure(kind, name string) object {
	return evidence("azureResourceEvidence", object{"resourceId": s.org.resource(kind, name), "resourceName": name, "resourceType": kind})
}

// A storage account, a container in it, a blob in that.

func (s *scene) storage(account string) object {
	return s.azure("Microsoft.Storage/storageAccounts", account)
}

func (s *scene) container(account, name string) object {
	return evidence("blobContainerEvidence", object{
		"name": name, "url": "https://" + account + ".blob.core.windows.net/" + name, "storageResource": s.storage(account),
	})
}

func (s *scene) blob(account, container string, b binary) object {
	return evidence("blobEvidence", object{
		"name": b.name, "url": "https://" + account + ".blob.core.windows.net/" + container + "/" + b.name,
		"etag": "0x8D" + strings.ToUpper(digest(12, b.key())), "fileHashes": b.hashes(), "blobContainer": s.container(account, container),
	})
}

func (s *scene) sas(account string, signature string, from place) object {
	return evidence("sasTokenEvidence", object{
		"storageResource": s.storage(account), "signatureHash": signature, "signedWith": "Key1", "protocol": "https",
		"allowedIpAddresses": from.addr, "allowedServices": strs("blob"), "allowedResourceTypes": strs("service", "container", "object"),
		"permissions": strs("read", "list"), "startDateTime": stamp(s.created.Add(-72 * time.Hour)), "expiryDateTime": stamp(s.created.Add(24 * 30 * time.Hour)),
	})
}

// saas is a cloud application that Defender for Cloud Apps knows by number.
type saas struct {
	name     string
	id       int64
	instance string
}

func sharePoint() saas { return saas{"Microsoft SharePoint Online", 20892, "Microsoft 365"} }
func exchange() saas   { return saas{"Microsoft Exchange Online", 20893, "Microsoft 365"} }
func dropbox() saas    { return saas{"Dropbox", 11627, "Dropbox (personal)"} }

func (s *scene) app(a saas) object {
	return evidence("cloudApplicationEvidence", object{
		"appId": a.id, "saasAppId": a.id, "displayName": a.name, "instanceId": int64(0), "instanceName": a.instance,
		"stream": object{"name": "Microsoft Defender for Cloud Apps"},
	})
}

// client is an application registered with Entra: app id, object id and owner's tenant.
type client struct{ name, publisher, appID, objectID, spID, owner string }

func (s *scene) client(name, publisher, ownerTenant string) client {
	return client{name, publisher, s.guid(), s.guid(), s.guid(), ownerTenant}
}

func (s *scene) oauth(c client) object {
	return evidence("oauthApplicationEvidence", object{
		"appId": c.appID, "objectId": c.objectID, "displayName": c.name, "publisher": c.publisher,
	})
}

func (s *scene) servicePrincipal(c client, kind string) object {
	return evidence("servicePrincipalEvidence", object{
		"appId": c.appID, "servicePrincipalObjectId": c.spID, "servicePrincipalName": c.name, "servicePrincipalType": kind,
		"appOwnerTenantId": c.owner, "tenantId": s.org.tenant,
	})
}

// amazon is a resource of the tenant's AWS account, such as a user of iam or a bucket of s3.
func (s *scene) amazon(service, kind, name string) object {
	arn := "arn:aws:" + service + "::" + s.org.account + ":" + kind + "/" + name
	if service == "s3" { // buckets have one name space for all accounts
		arn = "arn:aws:s3:::" + name
	}
	return evidence("amazonResourceEvidence", object{
		"amazonAccountId": s.org.account, "amazonResourceId": arn, "resourceName": name,
		"resourceType": "AWS::" + strings.ToUpper(service) + "::" + strings.ToUpper(kind[:1]) + kind[1:],
	})
}

func (s *scene) google(service, kind, location, name string) object {
	o := s.org
	return evidence("googleCloudResourceEvidence", object{
		"projectId": o.project, "projectNumber": json.Number(o.projectNo), "location": location, "locationType": "regional",
		"resourceName": name, "resourceType": service + ".googleapis.com/" + strings.ToUpper(kind[:1]) + kind[1:],
		"fullResourceName": "//" + service + ".googleapis.com/projects/" + o.project + "/locations/" + location + "/" + kind + "s/" + name,
	})
}

// agent is an AI agent the tenant built.
func (s *scene) agent(name, instructions string) object {
	return evidence("aiAgentEvidence", object{
		"agentId": asGUID(s.org.tenant + name), "agentName": name, "hostingPlatformType": "copilotStudio", "instructions": instructions,
	})
}

// The tenant's organisation on GitHub, one of its repositories, one of its people there.

func (s *scene) gitHubOrg() object {
	o := s.org
	return evidence("gitHubOrganizationEvidence", object{
		"orgId": numeric(o.tenant+"org", 8), "login": o.name, "displayName": strings.ToUpper(o.name[:1]) + o.name[1:] + " engineering",
		"company": "@" + o.name, "email": "engineering@" + o.domain, "webUrl": "https://github.com/" + o.name,
	})
}

func (s *scene) gitHubRepo(name string) object {
	o := s.org
	return evidence("gitHubRepoEvidence", object{
		"repoId": numeric(o.tenant+name, 9), "login": o.name + "/" + name, "owner": o.name, "ownerType": "Organization",
		"baseUrl": "https://github.com/" + o.name + "/" + name,
	})
}

func (s *scene) gitHubUser(p *person) object {
	login := strings.ReplaceAll(p.account, ".", "-") + "-" + s.org.name
	return evidence("gitHubUserEvidence", object{
		"userId": numeric(p.oid, 8), "login": login, "name": p.display, "email": p.upn, "webUrl": "https://github.com/" + login,
	})
}

// numeric gives n decimal digits that depend on text alone, the first not zero.
func numeric(text string, n int) string {
	digits := []byte(digest(n, text))
	for i, c := range digits {
		digits[i] = '1' + c%9
	}
	return string(digits)
}
