package entity

import "strings"

// identity is the identifiers of one thing.
type identity struct {
	*kept
	typ    *entityType
	values []held
}

func (i identity) at(s spot) *held    { return &i.values[i.typ.spots[s]] }
func (i identity) text(s spot) string { return i.ident(i.at(s)).text }
func (i identity) copy(from, to spot) { *i.at(to) = *i.at(from) }
func (i identity) drop(s spot)        { *i.at(s) = held{} }
func (i identity) move(from, to spot) { i.copy(from, to); i.drop(from) }

// spot is an identifier that code here knows.
type spot uint8

const (
	atSID spot = iota
	atNTDomain
	atDNSDomain
	atHostName
	atUPN
	atLogin
	atBareLogin
	atBuiltIn
	atHost
	atAddress
	atGlobal
	atURL
	atRelative
	atInstanceName
	atAppID
	atAppAlone
	atName
	atNameAlone
	spotsMax
)

// spotNames are the fields of the spots.
func spotNames() [spotsMax]string {
	return [spotsMax]string{
		atSID: "Sid", atNTDomain: "NTDomain", atDNSDomain: "DnsDomain", atHostName: "HostName", atUPN: idUPN, atLogin: idLogin,
		atBareLogin: idBareLogin, atBuiltIn: idBuiltIn, atHost: fieldHost, atAddress: "Address", atGlobal: idGlobal, atURL: "Url",
		atRelative: idRelative, atInstanceName: "InstanceName", atAppID: "AppId", atAppAlone: idAppAlone, atName: fieldName,
		atNameAlone: idNameAlone,
	}
}

// deriveAccount keeps accounts that every machine has apart: by them alone
// nobody is named, only together with the host. Other accounts are the same
// person wherever they are met.
func deriveAccount(id identity) {
	domain := id.text(atNTDomain)
	switch {
	case builtInSID(id.text(atSID)):
		id.move(atSID, atBuiltIn)
		id.drop(atNTDomain)
		id.drop(atDNSDomain)
		id.drop(atLogin)
		return
	case builtInDomain(domain):
		*id.at(atBuiltIn) = id.hold(ident{text: domain + `\` + id.text(atLogin), fold: true}, 0)
		id.drop(atNTDomain)
		id.drop(atLogin)
		return
	case domain == "" && id.at(atDNSDomain).none() && id.at(atUPN).none():
		id.move(atLogin, atBareLogin)
	}
	id.drop(atHost)
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
	if globalIP(id.text(atAddress)) {
		id.copy(atAddress, atGlobal)
	}
}

// deriveURL: a relative URL means something in its place only.
func deriveURL(id identity) {
	if !absoluteURL(id.text(atURL)) {
		id.move(atURL, atRelative)
	}
}

// deriveApplication: an application that names its instance is that instance.
func deriveApplication(id identity) {
	if id.at(atInstanceName).none() {
		id.copy(atAppID, atAppAlone)
		id.copy(atName, atNameAlone)
	}
}
