package entity

import "strings"

// identity is the identifiers of one thing, by name.
type identity struct {
	typ    *entityType
	values []string
}

func (i identity) get(field string) string { return i.values[i.typ.at[field]] }
func (i identity) set(field, value string) { i.values[i.typ.at[field]] = value }
func (i identity) move(from, to string)    { i.set(to, i.get(from)); i.set(from, "") }
func (i identity) drop(fields ...string) {
	for _, f := range fields {
		i.set(f, "")
	}
}

// deriveAccount keeps accounts that every machine has apart: by them alone
// nobody is named, only together with the host. Other accounts are the same
// person wherever they are met.
func deriveAccount(id identity) {
	sid, domain, login := id.get("Sid"), id.get("NTDomain"), id.get(idLogin)
	switch {
	case builtInSID(sid):
		id.set(idBuiltIn, sid)
		id.drop("Sid", "NTDomain", "DnsDomain", idLogin)
		return
	case builtInDomain(domain):
		id.set(idBuiltIn, domain+`\`+login)
		id.drop("NTDomain", idLogin)
		return
	case domain == "" && id.get("DnsDomain") == "" && id.get(idUPN) == "":
		id.move(idLogin, idBareLogin)
	}
	id.drop(fieldHost)
}

// builtInSID reports an account that is the same on every machine. What is
// under S-1-5-21 (a domain or machine) and S-1-12-1 (Entra) is not.
func builtInSID(sid string) bool {
	return sid != "" && !strings.HasPrefix(sid, "s-1-5-21-") && !strings.HasPrefix(sid, "s-1-12-1-")
}

func builtInDomain(domain string) bool {
	switch domain {
	case "nt authority", "nt service", "nt virtual machine", "builtin", "font driver host", "window manager", "iis apppool", ".":
		return true
	}
	return false
}

// deriveIP: a private address is another machine in every network.
func deriveIP(id identity) {
	if address := id.get("Address"); globalIP(address) {
		id.set(idGlobal, address)
	}
}

// deriveURL: a relative URL means something in its place only.
func deriveURL(id identity) {
	if !absoluteURL(id.get("Url")) {
		id.move("Url", idRelative)
	}
}

// deriveApplication: an application that names its instance is that instance.
func deriveApplication(id identity) {
	if id.get("InstanceName") == "" {
		id.set(idAppAlone, id.get("AppId"))
		id.set(idNameAlone, id.get(fieldName))
	}
}
