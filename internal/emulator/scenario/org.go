package scenario

import (
	"encoding/json"
	"fmt"
	"strings"
)

// org is the cast of one tenant: whoever and whatever its incidents are about. It is made once from
// the seed and the tenant id and never changes, so the same host has the same ids in every incident.
type org struct {
	tenant, name, domain, netbios string
	domainSID                     string
	people, analysts              []*person
	desks, servers                []*host
	dc                            *host
	subscription, group           string // Azure subscription id and resource group
	cluster                       *cluster
	account, project, projectNo   string // AWS account, Google project and its number
	workspace                     string // the Sentinel workspace's id
	publicIP                      string
}

// person is somebody with an account in the tenant.
type person struct {
	display, account, upn, sid, oid, adGUID string
	domain, tenant                          string
}

// newOrg makes the cast of the index-th tenant.
func newOrg(seed uint64, tenant string, index int) *org {
	d := newDice(seed, "org", tenant)
	o := &org{tenant: tenant}
	o.name, o.domain = orgName(index)
	o.netbios = strings.ToUpper(o.name)
	o.domainSID = fmt.Sprintf("S-1-5-21-%d-%d-%d", d.between(1e9, 4e9), d.between(1e9, 4e9), d.between(1e9, 4e9))
	o.subscription, o.group = d.guid(), "rg-"+o.name+"-prod"
	o.account = fmt.Sprint(d.between(100000000000, 999999999999))
	o.project, o.projectNo = o.name+"-data-lake", fmt.Sprint(d.between(100000000000, 999999999999))
	o.workspace, o.publicIP = d.guid(), fmt.Sprintf("203.0.113.%d", d.between(2, 60))
	for i, name := range peopleNames() {
		o.people = append(o.people, o.hire(d, name, 1100+i))
	}
	for i, name := range analystNames() {
		o.analysts = append(o.analysts, o.hire(d, name, 1500+i))
	}
	o.furnish(d)
	o.cluster = o.newCluster(d)
	return o
}

func orgName(index int) (name, domain string) {
	switch index {
	case 0:
		return "contoso", "contoso.com"
	case 1:
		return "fabrikam", "fabrikam.com"
	}
	name = fmt.Sprintf("branch%d", index)
	return name, name + ".example.net"
}

func (o *org) hire(d dice, name string, rid int) *person {
	given, family, _ := strings.Cut(strings.ToLower(name), " ")
	account := given[:1] + "." + family
	return &person{
		display: name, account: account, upn: account + "@" + o.domain, domain: o.netbios, tenant: o.tenant,
		sid: fmt.Sprintf("%s-%d", o.domainSID, rid), oid: d.guid(), adGUID: d.guid(),
	}
}

func peopleNames() []string {
	return []string{
		"Amara Osei", "Bruno Keller", "Chiara Rossi", "Dmitri Volkov", "Elena Marsh", "Farid Haddad",
		"Greta Lind", "Hiro Tanaka", "Ines Duarte", "Jonas Weber", "Kavya Rao", "Liam Byrne",
		"Mei Chen", "Noah Adler", "Olga Petrova", "Priya Nair",
	}
}

func analystNames() []string { return []string{"Rosa Medina", "Sven Ekberg", "Tara Quinn"} }

// admin is the person whose loss hurts most.
func (o *org) admin() *person { return o.people[3] }

// localAdmin is an account that exists on one host only: no Entra id, no principal name.
func localAdmin(h *host) *person {
	return &person{account: "adminlocal", domain: strings.ToUpper(h.name), sid: "S-1-5-21-" + h.localSID + "-1001"}
}

// system is Windows' own account.
func system() *person {
	return &person{account: "SYSTEM", domain: "NT AUTHORITY", sid: "S-1-5-18"}
}

// place is an address with where it is said to be.
type place struct {
	addr, code, country, state, city string
	latitude, longitude              json.Number
}

// places are the attackers' addresses: documentation ranges, with invented locations.
func places() []place {
	return []place{
		{"198.51.100.23", "NL", "Netherlands", "Noord-Holland", "Amsterdam", "52.3740", "4.8897"},
		{"198.51.100.77", "BR", "Brazil", "Sao Paulo", "Campinas", "-22.9056", "-47.0608"},
		{"198.51.100.141", "US", "United States", "Virginia", "Ashburn", "39.0437", "-77.4875"},
		{"203.0.113.99", "SG", "Singapore", "Singapore", "Singapore", "1.2897", "103.8501"},
		{"203.0.113.180", "ZA", "South Africa", "Gauteng", "Johannesburg", "-26.2023", "28.0436"},
		{"192.0.2.66", "DE", "Germany", "Hessen", "Frankfurt am Main", "50.1155", "8.6842"},
		{"192.0.2.211", "FR", "France", "Ile-de-France", "Paris", "48.8534", "2.3488"},
		{"2001:db8:5e1f::17", "SE", "Sweden", "Stockholms Lan", "Stockholm", "59.3294", "18.0687"},
	}
}
