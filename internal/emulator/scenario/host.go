package scenario

import (
	"fmt"
	"strings"
	"time"
)

// host is a machine of the tenant.
type host struct {
	name, dnsDomain, ntDomain, mdeID, aadID string
	platform, version                       string
	build                                   any // int64, nil on macOS
	ip, external, localSID, group           string
	groupID                                 int64
	vm                                      object // vmMetadata, nil on hardware
	owner                                   *person
	age                                     time.Duration // since first seen
}

func (h *host) dns() string { return h.name + "." + h.dnsDomain }

// furnish gives the tenant its machines: a desk for everybody, servers, a domain controller.
func (o *org) furnish(d dice) {
	for i, p := range o.people {
		h := o.newHost(d, fmt.Sprintf("%s-l%03d", strings.ToLower(o.netbios[:3]), 101+i*7), fmt.Sprintf("10.20.%d.%d", 1+i%4, 20+i))
		h.owner, h.group, h.groupID = p, "Workstations", 12
		switch i % 6 {
		case 4:
			h.platform, h.version, h.build, h.ntDomain = "macOS", "26.1", nil, ""
		case 5:
			h.platform, h.version, h.build = "Linux", "24.4", int64(6)
		}
		o.desks = append(o.desks, h)
	}
	for i, role := range []string{"file01", "sql02", "web03", "build04"} {
		h := o.newHost(d, "srv-"+role, fmt.Sprintf("10.20.8.%d", 11+i))
		h.platform, h.version, h.build, h.group, h.groupID = "WindowsServer2022", "21H2", int64(20348), "Servers", 7
		h.owner, h.vm = o.admin(), o.vmMetadata(d, h.name)
		o.servers = append(o.servers, h)
	}
	o.dc = o.newHost(d, "dc01", "10.20.8.5")
	o.dc.platform, o.dc.version, o.dc.build = "WindowsServer2022", "21H2", int64(20348)
	o.dc.group, o.dc.groupID, o.dc.owner = "Domain controllers", 3, o.admin()
}

func (o *org) newHost(d dice, name, ip string) *host {
	return &host{
		name: name, dnsDomain: "corp." + o.domain, ntDomain: o.netbios, mdeID: d.hex(40), aadID: d.guid(),
		platform: "Windows11", version: "25H2", build: int64(26200), ip: ip, external: o.publicIP,
		localSID: fmt.Sprintf("%d-%d-%d", d.between(1e9, 4e9), d.between(1e9, 4e9), d.between(1e9, 4e9)),
		age:      d.span(7*24*time.Hour, 700*24*time.Hour),
	}
}

func (o *org) vmMetadata(d dice, name string) object {
	return object{
		"cloudProvider": "azure", "vmId": d.guid(), "subscriptionId": o.subscription,
		"resourceId": o.resource("Microsoft.Compute/virtualMachines", name),
	}
}

// resource returns the Azure resource id of a thing in the tenant's resource group.
func (o *org) resource(kind, name string) string {
	return fmt.Sprintf("/subscriptions/%s/resourceGroups/%s/providers/%s/%s", o.subscription, o.group, kind, name)
}

// device is the host as evidence.
func (s *scene) device(h *host) object {
	ntDomain := any(h.ntDomain)
	if h.ntDomain == "" {
		ntDomain = nil
	}
	var vm any
	if h.vm != nil {
		vm = cloneObject(h.vm)
	}
	return evidence("deviceEvidence", object{
		"mdeDeviceId": h.mdeID, "azureAdDeviceId": h.aadID, "deviceDnsName": h.dns(), "hostName": h.name,
		"ntDomain": ntDomain, "dnsDomain": h.dnsDomain,
		"osPlatform": h.platform, "osBuild": h.build, "version": h.version,
		"healthStatus": "active", "riskScore": "high", "onboardingStatus": "onboarded", "defenderAvStatus": "updated",
		"rbacGroupId": h.groupID, "rbacGroupName": h.group,
		"firstSeenDateTime": stamp(s.created.Add(-h.age)), "lastIpAddress": h.ip, "lastExternalIpAddress": h.external,
		"ipInterfaces": strs(h.ip, "fe80::"+h.mdeID[:4]+":"+h.mdeID[4:8], "127.0.0.1", "::1"),
		"vmMetadata":   vm, "resourceAccessEvents": list{},
		"loggedOnUsers": list{object{"accountName": h.owner.account, "domainName": h.owner.domain}},
	})
}
