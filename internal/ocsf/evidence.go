package ocsf

import (
	"slices"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/entity"
)

// evidences writes each entity as one of the event's evidences, and what can
// be searched for in them as observables.
func (f Finding) evidences(o object) {
	if f.Entities.Len() == 0 {
		return
	}
	w := things{list: f.Entities, seen: map[observable]bool{}}
	all := o.PutEmptySlice("evidences")
	all.EnsureCapacity(f.Entities.Len())
	for i := range f.Entities.Len() {
		w.evidence(f.Entities.At(i), object{all.AppendEmpty().SetEmptyMap()})
	}
	w.writeObservables(o)
}

// things writes entities as OCSF's objects.
type things struct {
	list        entity.List
	observables []observable
	seen        map[observable]bool
}

// evidence writes one entity: typed where there is an object for it, and whole.
func (w *things) evidence(e pcommon.Map, o object) {
	kind := text(e, "Type")
	o.PutStr("name", kind)
	o.str("uid", text(e, "EntityKey"))
	o.word("verdict", evidenceVerdict(text(e, "Verdict")))
	w.typed(kind, e, o)
	e.CopyTo(o.PutEmptyMap("data"))
}

func (w *things) typed(kind string, e pcommon.Map, o object) {
	switch kind {
	case "host":
		o.with("device", func(d object) { w.device(e, d) }, deviceNeeds()...)
	case "iotdevice", "nic":
		o.with("device", func(d object) { w.thing(e, d) }, deviceNeeds()...)
	case "account", "service-principal", "mailbox", "github-user":
		o.with("user", func(u object) { w.user(e, u) }, "name", "uid")
	case "process":
		o.with("process", func(p object) { w.process(e, p, true) }, "pid", "uid")
	case "file":
		o.with("file", func(f object) { w.file(e, f, "evidences[].file") }, "name")
	case "ip":
		o.with(end(e), func(n object) { w.endpoint(e, n, "evidences[]."+end(e)) }, "ip")
	case "url":
		o.with("url", func(u object) { w.url(e, u) }, "url_string")
	case "dns":
		o.with("query", func(q object) { w.query(e, q) }, "hostname")
	case "mail-message", "SubmissionMail":
		o.with("email", func(m object) { w.email(e, m) }, "from", "to")
	case "network-connection":
		w.connection(e, o)
	case "cloud-application", "ai-agent":
		o.with("actor", func(a object) { w.application(e, a) }, "app_name", "app_uid")
	case "host-logon-session", "cloud-logon-session":
		w.session(e, o)
	case "container":
		o.with("container", func(c object) { w.container(e, c) }, "uid", "name")
	case "blob-container":
		o.with("databucket", func(b object) { w.bucket(e, b) }, "uid", "name")
	default:
		w.resource(kind, e, o)
	}
}

// end is the end of a connection at which an address stands, by its roles.
func end(e pcommon.Map) string {
	roles, _ := texts(e, "Roles")
	for _, role := range []string{"destination", "commandAndControl", "attacked"} {
		if slices.Contains(roles, role) {
			return "dst_endpoint"
		}
	}
	return "src_endpoint"
}

// resource writes what is a resource in some cloud or service.
func (w *things) resource(kind string, e pcommon.Map, o object) {
	uid, name := resourceNames(kind, e)
	if uid == "" && name == "" {
		return
	}
	r := object{o.PutEmptySlice("resources").AppendEmpty().SetEmptyMap()}
	r.str("uid", uid)
	r.str("name", name)
	r.PutStr("type", kind)
	r.str("type", text(e, "ResourceType"))
	r.word("role", role(e))
	w.observe(observeResource, "evidences[].resources[].uid", uid)
}

// resourceNames are what names a resource of some kind; "" for what is none.
func resourceNames(kind string, e pcommon.Map) (uid, name string) {
	switch kind {
	case "azure-resource":
		return text(e, "ResourceId"), text(e, "ResourceName")
	case "amazon-resource":
		return text(e, "AmazonResourceId"), text(e, "ResourceName")
	case "google-cloud-resource":
		return text(e, "FullResourceName"), text(e, "ResourceName")
	case "github-organization":
		return text(e, "OrgId"), text(e, "Login")
	case "github-repo":
		return text(e, "RepoId"), text(e, "Login")
	case "container-image":
		return text(e, "ImageId"), ""
	case "container-registry":
		return "", text(e, "Registry")
	case "blob", "kubernetes-cluster", "kubernetes-namespace", "kubernetes-pod", "kubernetes-controller", "kubernetes-secret",
		"kubernetes-service", "kubernetes-service-account":
		return text(e, "Url"), text(e, "Name")
	}
	return "", ""
}

// role is the part that a resource plays.
func role(e pcommon.Map) word {
	roles, _ := texts(e, "Roles")
	switch {
	case slices.Contains(roles, "attacker"), slices.Contains(roles, "source"):
		return word{2, "Actor"}
	case slices.Contains(roles, "attacked"), slices.Contains(roles, "destination"):
		return word{1, "Target"}
	case slices.Contains(roles, "compromised"), slices.Contains(roles, "created"), slices.Contains(roles, "edited"):
		return word{3, "Affected"}
	case len(roles) == 0:
		return unknown()
	}
	return word{4, "Related"}
}
