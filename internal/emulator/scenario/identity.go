package scenario

import (
	"strings"
	"time"
)

// orNil gives null for an empty string.
func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// userAccount is the person as the complex type of that name. Local and built-in accounts have no
// Entra id, no principal name and no tenant.
func userAccount(p *person) object {
	return object{
		"accountName": p.account, "domainName": p.domain, "userSid": p.sid,
		"azureAdUserId": orNil(p.oid), "userPrincipalName": orNil(p.upn), "displayName": orNil(p.display),
		"tenantId": orNil(p.tenant), "activeDirectoryObjectGuid": orNil(p.adGUID),
		"resourceAccessEvents": list{},
	}
}

// user is the person as evidence.
func (s *scene) user(p *person) object {
	return evidence("userEvidence", object{"stream": nil, "userAccount": userAccount(p)})
}

// cloudUser is the person as a cloud service's log names them.
func (s *scene) cloudUser(p *person) object {
	e := s.user(p)
	e["stream"] = object{"name": "Microsoft Entra ID"}
	return e
}

// visits says which resources were reached from where, in the order given, ending now.
func (s *scene) visits(p *person, ip string, resources ...string) list {
	var out list
	for i, r := range resources {
		out = append(out, object{
			"accessDateTime": stamp(s.now.Add(time.Duration(i-len(resources)) * time.Second)),
			"accountId":      p.oid, "ipAddress": ip, "resourceIdentifier": r,
		})
	}
	return out
}

// ip is an address inside the tenant: nobody knows where it is.
func (s *scene) ip(addr string) object {
	return evidence("ipEvidence", object{"ipAddress": addr, "countryLetterCode": nil, "location": nil, "stream": nil})
}

// remote is an address on the internet.
func (s *scene) remote(p place) object {
	e := s.ip(p.addr)
	e["countryLetterCode"] = p.code
	e["stream"] = object{"name": "Microsoft Entra ID"}
	e["location"] = object{
		"city": p.city, "state": p.state, "countryName": p.country, "latitude": p.latitude, "longitude": p.longitude,
	}
	return e
}

func (s *scene) url(u string) object { return evidence("urlEvidence", object{"url": u}) }

// logon is a sign-in to the cloud.
type logon struct {
	who                              *person
	from                             place
	id, request, device, os, browser string
	agent                            string
	at                               time.Time
}

func (s *scene) logon(p *person, from place) *logon {
	return &logon{
		who: p, from: from, id: s.guid(), request: s.guid(), at: s.now, device: "DESKTOP-" + s.letters(7, upperCase),
		os: "Windows 10", browser: "Chrome 141.0", agent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
	}
}

func (s *scene) logonRequest(l *logon) object {
	return evidence("cloudLogonRequestEvidence", object{"requestId": l.request})
}

func (s *scene) logonSession(l *logon) object {
	return evidence("cloudLogonSessionEvidence", object{
		"sessionId": l.id, "account": s.cloudUser(l.who), "startUtcDateTime": stamp(l.at),
		"previousLogonDateTime": stamp(l.at.Add(-19 * time.Hour)), "protocol": "OAuth2:Authorize",
		"deviceName": l.device, "operatingSystem": l.os, "browser": l.browser, "userAgent": l.agent,
	})
}

// hostSession is a logon to a machine that ended now.
func (s *scene) hostSession(p *person, h *host, id string, began time.Time) object {
	return evidence("hostLogonSessionEvidence", object{
		"sessionId": id, "account": s.user(p), "host": s.device(h),
		"startUtcDateTime": stamp(began), "endUtcDateTime": stamp(s.now),
	})
}

// group is a group of the tenant's directory.
func (s *scene) group(name, rid string) object {
	o := s.org
	parts := strings.Split("corp."+o.domain, ".")
	return evidence("securityGroupEvidence", object{
		"displayName": name, "friendlyName": o.netbios + "\\" + name, "sid": o.domainSID + "-" + rid,
		"activeDirectoryObjectGuid": asGUID(o.tenant + name), "securityGroupId": asGUID("entra" + o.tenant + name),
		"distinguishedName": "CN=" + name + ",CN=Users,DC=" + strings.Join(parts, ",DC="),
	})
}

// domain is the tenant's Active Directory domain and those it trusts.
func (s *scene) domain(trusted ...string) object {
	trusts := list{}
	for _, name := range trusted {
		trusts = append(trusts, adDomain(name, list{}))
	}
	return adDomain("corp."+s.org.domain, trusts)
}

func adDomain(name string, trusts list) object {
	return evidence("activeDirectoryDomainEvidence", object{"activeDirectoryDomainName": name, "trustedDomains": trusts})
}

// asGUID gives the same GUID for the same text.
func asGUID(text string) string {
	h := digest(32, text)
	return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-8" + h[17:20] + "-" + h[20:]
}
