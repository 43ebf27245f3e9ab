package asim

import (
	"net/netip"
	"slices"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/entity"
)

// sole is a field of the one thing of its kind, when it says something.
func (e *event) sole(s entity.Sole, field string) string {
	return meaningful(e.alert.Entities.Sole(s).Text(field))
}

func meaningful(s string) string {
	if !entity.Meaningful(s) {
		return ""
	}
	return s
}

// device writes the one device, or where there is none the one address.
func (e *event) device() {
	host := entity.SoleHost
	name, dns, windows := e.sole(host, "HostName"), e.sole(host, "DnsDomain"), e.sole(host, "NTDomain")
	e.put("DvcHostname", name)
	switch {
	case dns != "":
		e.put("DvcDomain", dns)
		e.put("DvcDomainType", "FQDN")
	case windows != "":
		e.put("DvcDomain", windows)
		e.put("DvcDomainType", "Windows")
	}
	fqdn := e.sole(host, "FQDN")
	if fqdn == "" && name != "" && dns != "" {
		fqdn = name + "." + dns
	}
	e.put("DvcFQDN", fqdn)
	if id := e.sole(host, "MdatpDeviceId"); id != "" {
		e.put("DvcId", id)
		e.put("DvcIdType", "MDEid")
	}
	e.put("DvcOs", e.sole(host, "OsPlatform"))
	e.put("DvcOsVersion", e.sole(host, "OSVersion"))
	e.put("DvcScopeId", e.sole(host, "SubscriptionId"))
	ip := e.sole(host, "LastIpAddress")
	if e.alert.Entities.Sole(host) == (entity.Thing{}) {
		ip = e.sole(entity.SoleIP, "Address")
	}
	if _, err := netip.ParseAddr(ip); err == nil {
		e.put("DvcIpAddr", ip)
	}
}

// user writes the one account.
func (e *event) user() {
	account := entity.SoleAccount
	name, domain := e.sole(account, "Name"), e.sole(account, "NTDomain")
	upn := e.sole(account, "UserPrincipalName")
	if upn == "" {
		upn = e.sole(entity.SoleMailbox, "Upn")
	}
	switch {
	case upn != "":
		e.username(upn, "UPN")
	case name != "" && domain != "":
		e.username(domain+`\`+name, "Windows")
	case name != "":
		e.username(name, "Simple")
	}
	id, sid := e.sole(account, "AadUserId"), e.sole(account, "Sid")
	switch {
	case id != "":
		e.put("UserId", id)
		e.put("UserIdType", "GUID")
	case sid != "":
		e.put("UserId", sid)
		e.put("UserIdType", "SID")
	}
	e.put("UserScopeId", e.sole(account, "AadTenantId"))
	e.put("UserSessionId", e.sole(entity.SoleSession, "SessionId"))
	more := pcommon.NewMap()
	for _, field := range []string{"Sid", "ObjectGuid", "AccountName"} {
		if value := e.sole(account, field); value != "" {
			more.PutStr(field, value)
		}
	}
	if more.Len() > 0 {
		more.CopyTo(e.to.PutEmptyMap("UserAdditionalIds"))
	}
}

func (e *event) username(name, nameType string) {
	e.put("Username", name)
	e.put("User", name)
	e.put("UsernameType", nameType)
}

// process writes the one process.
func (e *event) process() {
	e.put("ProcessId", e.sole(entity.SoleProcess, "ProcessId"))
	// Stars mean something in a command line.
	e.put("ProcessCommandLine", e.alert.Entities.Sole(entity.SoleProcess).Text("CommandLine"))
	e.put("ProcessName", path(e.sole(entity.SoleImage, "Directory"), e.sole(entity.SoleImage, "Name")))
	e.put("ProcessFileCompany", e.sole(entity.SoleImage, "FilePublisher"))
}

// path joins a file's directory and name as its own system does.
func path(directory, name string) string {
	if directory == "" || name == "" {
		return name
	}
	separator := `\`
	if strings.Contains(directory, "/") && !strings.Contains(directory, `\`) {
		separator = "/"
	}
	return strings.TrimSuffix(directory, separator) + separator + name
}

// file writes the one file.
func (e *event) file() {
	file := e.alert.Entities.Sole(entity.SoleFile)
	name, directory := e.sole(entity.SoleFile, "Name"), e.sole(entity.SoleFile, "Directory")
	e.put("FileName", name)
	if directory != "" {
		e.put("FilePath", path(directory, name))
	}
	if size, ok := file.Value("SizeInBytes"); ok && size.Type() == pcommon.ValueTypeInt {
		e.put("FileSize", size.AsString())
	}
	all, ok := e.alert.List.Thing(file)
	if !ok {
		return
	}
	for _, hash := range e.alert.List.Refs(all, "FileHashes") {
		algorithm, value := member(hash, "Algorithm"), member(hash, "Value")
		if slices.Contains([]string{"MD5", "SHA1", "SHA256"}, algorithm) {
			e.put("File"+algorithm, value)
		}
	}
}

func member(of pcommon.Map, field string) string {
	v, ok := of.Get(field)
	if !ok || v.Type() != pcommon.ValueTypeStr {
		return ""
	}
	return v.Str()
}

// others writes the one URL, registry value or key, and message.
func (e *event) others() {
	e.put("Url", e.sole(entity.SoleURL, "Url"))
	e.put("EmailMessageId", e.sole(entity.SoleMail, "NetworkMessageId"))
	e.put("EmailSubject", e.sole(entity.SoleMail, "Subject"))
	key, _ := e.alert.List.Thing(e.alert.Entities.Sole(entity.SoleRegistryKey))
	if value, ok := e.alert.List.Thing(e.alert.Entities.Sole(entity.SoleRegistryValue)); ok {
		key, _ = e.alert.List.Ref(value, "Key")
		e.put("RegistryValue", member(value, "Name"))
		e.put("RegistryValueData", member(value, "Value"))
		e.put("RegistryValueType", registryType(member(value, "ValueType")))
	}
	if key != (pcommon.Map{}) {
		e.put("RegistryKey", path(member(key, "Hive"), member(key, "Key")))
	}
}

// registryType is the name that ASIM's registry schema has for a value's type.
func registryType(kind string) string {
	switch strings.ToLower(kind) {
	case "string":
		return "Reg_Sz"
	case "expandstring":
		return "Reg_Expand_Sz"
	case "multistring":
		return "Reg_Multi_Sz"
	case "binary":
		return "Reg_Binary"
	case "dword":
		return "Reg_DWord"
	case "qword":
		return "Reg_QWord"
	case "none":
		return "Reg_None"
	}
	return ""
}
