package entity

import "strings"

// identity is the identifiers of one thing, by name.
type identity struct {
	typ    *entityType
	values []ident
}

func (i identity) get(field string) ident    { return i.values[i.typ.at[field]] }
func (i identity) set(field string, v ident) { i.values[i.typ.at[field]] = v }
func (i identity) move(from, to string)      { i.set(to, i.get(from)); i.set(from, ident{}) }
func (i identity) drop(fields ...string) {
	for _, f := range fields {
		i.set(f, ident{})
	}
}

// deriveAccount keeps accounts that every machine has apart: by them alone
// nobody is named, only together with the host. Other accounts are the same
// person wherever they are met.
func deriveAccount(id identity) {
	sid, domain, login := id.get("Sid"), id.get("NTDomain"), id.get(idLogin)
	switch {
	case builtInSID(sid.text):
		id.set(idBuiltIn, sid)
		id.drop("Sid", "NTDomain", "DnsDomain", idLogin)
		return
	case builtInDomain(domain.text):
		id.set(idBuiltIn, ident{text: domain.text + `\` + login.text, fold: true})
		id.drop("NTDomain", idLogin)
		return
	case domain.none() && id.get("DnsDomain").none() && id.get(idUPN).none():
		id.move(idLogin, idBareLogin)
	}
	id.drop(fieldHost)
}

// builtInSID reports an account that is the same on every machine. What is
// under S-1-5-21 (a domain or machine) and S-1-12-1 (Entra) is not.
func builtInSID(sid string) bool {
	return sid != "" && !hasPrefixFold(sid, "s-1-5-21-") && !hasPrefixFold(sid, "s-1-12-1-")
}

func builtInDomain(domain string) bool {
	if len(domain) > len("nt virtual machine") {
		return false
	}
	for _, d := range [...]string{
		"nt authority", "nt service", "nt virtual machine", "builtin", "font driver host", "window manager", "iis apppool", ".",
	} {
		if strings.EqualFold(d, domain) {
			return true
		}
	}
	return false
}

// deriveIP: a private address is another machine in every network.
func deriveIP(id identity) {
	if address := id.get("Address"); globalIP(address.text) {
		id.set(idGlobal, address)
	}
}

// deriveURL: a relative URL means something in its place only.
func deriveURL(id identity) {
	if !absoluteURL(id.get("Url").text) {
		id.move("Url", idRelative)
	}
}

// deriveApplication: an application that names its instance is that instance.
func deriveApplication(id identity) {
	if id.get("InstanceName").none() {
		id.set(idAppAlone, id.get("AppId"))
		id.set(idNameAlone, id.get(fieldName))
	}
}
