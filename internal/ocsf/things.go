package ocsf

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/entity"
)

// sound is a text of an entity that says something: not empty, masked or
// mis-decoded.
func sound(e pcommon.Map, name string) string {
	s := text(e, name)
	if !entity.Meaningful(s) {
		return ""
	}
	return s
}

func ip(s string) string {
	addr, err := netip.ParseAddr(s)
	if err != nil {
		return ""
	}
	return addr.WithZone("").Unmap().String()
}

// mail is an address that OCSF takes for one, else "".
func mail(s string) string {
	name, domain, ok := strings.Cut(s, "@")
	if !ok || name == "" || strings.ContainsFunc(name, func(r rune) bool { return !mailRune(r) && !strings.ContainsRune("!#$%&'*/=?^_`{|}~", r) }) {
		return ""
	}
	host, rest, ok := strings.Cut(domain, ".")
	plain := func(s string) bool {
		return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !mailRune(r) })
	}
	if !ok || !plain(host) || !plain(rest) || strings.ContainsAny(host, "+") || strings.ContainsAny(rest, "+") {
		return ""
	}
	return s
}

// mailRune reports what both parts of an address may have.
func mailRune(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '.' || r == '+'
}

// mac is a hardware address of six bytes, else "".
func mac(s string) string {
	if len(s) != len("00:00:00:00:00:00") {
		return ""
	}
	for i := range len(s) {
		hex := s[i] >= '0' && s[i] <= '9' || s[i]|0x20 >= 'a' && s[i]|0x20 <= 'f'
		if i%3 == 2 && s[i] != ':' && s[i] != '-' || i%3 != 2 && !hex {
			return ""
		}
	}
	return s
}

func deviceNeeds() []string { return []string{"ip", "uid", "name", "hostname"} }

func (w *things) device(e pcommon.Map, o object) {
	kind := unknown()
	if text(e, "AzureID") != "" || text(e, "VmId") != "" {
		kind = word{6, "Virtual"}
	}
	o.word("type", kind)
	o.str("hostname", sound(e, "HostName"))
	o.str("name", sound(e, "FQDN"))
	o.str("uid", sound(e, "MdatpDeviceId"))
	o.str("uid_alt", sound(e, "AadDeviceId"))
	o.str("domain", sound(e, "DnsDomain"))
	if _, ok := o.Get("domain"); !ok {
		o.str("domain", sound(e, "NTDomain"))
	}
	o.str("ip", ip(text(e, "LastIpAddress")))
	o.time("first_seen_time", text(e, "FirstSeenDateTime"))
	if risk, ok := riskLevel(text(e, "RiskScore")); ok {
		o.word("risk_level", risk)
	}
	if status := text(e, "OnboardingStatus"); status != "" {
		o.PutBool("is_managed", status == "onboarded")
	}
	o.with("os", func(os object) {
		os.str("name", text(e, "OsPlatform"))
		os.word("type", osType(text(e, "OSFamily")))
		os.str("version", text(e, "OSVersion"))
		if build, ok := e.Get("OsBuild"); ok && build.Type() == pcommon.ValueTypeInt {
			os.PutStr("build", build.AsString())
		}
	}, "name")
	w.observe(observeHostname, "evidences[].device.hostname", sound(e, "HostName"))
	w.observe(observeIP, "evidences[].device.ip", ip(text(e, "LastIpAddress")))
}

// thing writes a device of the internet of things, or a network card.
func (w *things) thing(e pcommon.Map, o object) {
	o.word("type", word{7, "IOT"})
	o.str("uid", sound(e, "DeviceId"))
	o.str("name", sound(e, "DeviceName"))
	o.str("mac", mac(text(e, "MacAddress")))
	o.str("model", text(e, "Model"))
	o.str("vendor_name", text(e, "Manufacturer"))
	if address, ok := w.list.Ref(e, "IpAddress"); ok {
		o.str("ip", ip(text(address, "Address")))
	}
	o.with("os", func(os object) {
		os.str("name", text(e, "OperatingSystem"))
		os.word("type", unknown())
	}, "name")
	w.observe(observeMAC, "evidences[].device.mac", mac(text(e, "MacAddress")))
}

// first is the first of some texts of an entity that says something.
func first(e pcommon.Map, names ...string) string {
	for _, name := range names {
		if s := sound(e, name); s != "" {
			return s
		}
	}
	return ""
}

func (w *things) user(e pcommon.Map, o object) {
	name := first(e, "AccountName", "Name", "ServicePrincipalName", "Login", "MailboxPrimaryAddress")
	uid := first(e, "AadUserId", "Sid", "ServicePrincipalObjectId", "UserId")
	o.str("name", name)
	o.str("uid", uid)
	if alt := first(e, "Sid", "ObjectGuid", "AppId"); alt != uid {
		o.str("uid_alt", alt)
	}
	o.str("domain", first(e, "NTDomain", "DnsDomain"))
	o.str("full_name", sound(e, "DisplayName"))
	address := mail(first(e, "UserPrincipalName", "MailboxPrimaryAddress", "Email"))
	o.str("email_addr", address)
	kind := word{1, "User"}
	switch {
	case text(e, "Type") == "service-principal":
		kind = word{4, "Service"}
	case strings.EqualFold(text(e, "NTDomain"), "NT AUTHORITY"):
		kind = word{3, "System"}
	}
	o.word("type", kind)
	w.observe(observeUser, "evidences[].user.name", name)
	w.observe(observeMail, "evidences[].user.email_addr", address)
}

// process writes a process, and its parent when that is wanted.
func (w *things) process(e pcommon.Map, o object, withParent bool) {
	if pid, err := strconv.ParseInt(text(e, "ProcessId"), 10, 64); err == nil {
		o.PutInt("pid", pid)
	}
	o.str("uid", text(e, "EntityKey"))
	o.str("cmd_line", text(e, "CommandLine"))
	o.time("created_time", text(e, "CreationTimeUtc"))
	if image, ok := w.list.Ref(e, "ImageFile"); ok {
		o.str("name", sound(image, "Name"))
		o.with("file", func(f object) { w.file(image, f, "evidences[].process.file") }, "name")
		w.observe(observeProcess, "evidences[].process.name", sound(image, "Name"))
	}
	if account, ok := w.list.Ref(e, "Account"); ok {
		o.with("user", func(u object) { w.user(account, u) }, "name", "uid")
	}
	if parent, ok := w.list.Ref(e, "ParentProcess"); ok && withParent {
		o.with("parent_process", func(p object) { w.process(parent, p, false) }, "pid", "uid")
	}
}

func (w *things) file(e pcommon.Map, o object, path string) {
	name, directory := sound(e, "Name"), sound(e, "Directory")
	o.str("name", name)
	o.word("type", word{1, "Regular File"})
	if name != "" && directory != "" {
		separator := `\`
		if strings.Contains(directory, "/") && !strings.Contains(directory, `\`) {
			separator = "/"
		}
		o.PutStr("path", strings.TrimSuffix(directory, separator)+separator+name)
	}
	if size, ok := e.Get("SizeInBytes"); ok && size.Type() == pcommon.ValueTypeInt {
		o.PutInt("size", size.Int())
	}
	o.str("company_name", text(e, "FilePublisher"))
	hashes := pcommon.NewSlice()
	for _, hash := range w.list.Refs(e, "FileHashes") {
		if value := sound(hash, "Value"); value != "" {
			h := object{hashes.AppendEmpty().SetEmptyMap()}
			h.word("algorithm", hashAlgorithm(text(hash, "Algorithm")))
			h.PutStr("value", value)
			w.observe(observeHash, path+".hashes[].value", value)
		}
	}
	if hashes.Len() > 0 {
		hashes.MoveAndAppendTo(o.PutEmptySlice("hashes"))
	}
	w.observe(observeFile, path+".name", name)
}

func (w *things) endpoint(e pcommon.Map, o object, path string) {
	address := ip(text(e, "Address"))
	o.str("ip", address)
	w.observe(observeIP, path+".ip", address)
	location, ok := e.Get("Location")
	if !ok || location.Type() != pcommon.ValueTypeMap {
		return
	}
	o.with("location", func(l object) {
		place := location.Map()
		l.str("city", text(place, "City"))
		l.str("country", text(place, "CountryCode"))
		l.str("region", text(place, "State"))
		l.number("lat", place, "Latitude")
		l.number("long", place, "Longitude")
	}, "city", "country", "region")
}

func (w *things) url(e pcommon.Map, o object) {
	whole := sound(e, "Url")
	o.str("url_string", whole)
	w.observe(observeURL, "evidences[].url.url_string", whole)
	u, err := url.Parse(whole)
	if err != nil {
		return
	}
	o.str("scheme", u.Scheme)
	o.str("hostname", u.Hostname())
	o.str("path", u.Path)
	o.str("query_string", u.RawQuery)
	if port, err := strconv.ParseUint(u.Port(), 10, 16); err == nil {
		o.PutInt("port", int64(port))
	}
}

func (w *things) query(e pcommon.Map, o object) {
	o.str("hostname", sound(e, "DomainName"))
	w.observe(observeHostname, "evidences[].query.hostname", sound(e, "DomainName"))
}

func (w *things) email(e pcommon.Map, o object) {
	from, to := mail(first(e, "Sender", "P2Sender", "P1Sender")), mail(sound(e, "Recipient"))
	o.str("from", from)
	o.texts("to", to)
	o.str("subject", text(e, "Subject"))
	o.str("uid", sound(e, "NetworkMessageId"))
	o.str("message_uid", sound(e, "InternetMessageId"))
	o.texts("x_originating_ip", ip(first(e, "SenderIP", "SenderIp")))
	w.observe(observeMail, "evidences[].email.from", from)
	w.observe(observeMail, "evidences[].email.to[]", to)
}

// connection writes both ends of a network connection.
func (w *things) connection(e pcommon.Map, o object) {
	info := o.at("connection_info")
	info.word("direction", unknown())
	info.str("protocol_name", text(e, "Protocol"))
	w.side(e, o, "src_endpoint", "Source")
	w.side(e, o, "dst_endpoint", "Destination")
}

func (w *things) side(e pcommon.Map, o object, name, field string) {
	address, ok := w.list.Ref(e, field+"Address")
	if !ok {
		return
	}
	o.with(name, func(n object) {
		w.endpoint(address, n, "evidences[]."+name)
		if port, ok := e.Get(field + "Port"); ok && port.Type() == pcommon.ValueTypeInt && port.Int() >= 0 && port.Int() <= portMax {
			n.PutInt("port", port.Int())
		}
	}, "ip")
}

const portMax = 65535

func (w *things) application(e pcommon.Map, o object) {
	o.str("app_name", first(e, "Name", "AgentName"))
	uid := first(e, "OAuthAppId", "AgentId")
	if id, ok := e.Get("AppId"); ok && uid == "" {
		uid = id.AsString()
	}
	o.str("app_uid", uid)
}

// session writes a log-on: who, where, and which.
func (w *things) session(e pcommon.Map, o object) {
	o.with("actor", func(a object) {
		a.with("session", func(s object) {
			s.str("uid", sound(e, "SessionId"))
			s.time("created_time", text(e, "StartTimeUtc"))
		}, "uid")
		if account, ok := w.list.Ref(e, "Account"); ok {
			a.with("user", func(u object) { w.user(account, u) }, "name", "uid")
		}
	}, "session", "user")
	if host, ok := w.list.Ref(e, "Host"); ok {
		o.with("device", func(d object) { w.device(host, d) }, deviceNeeds()...)
	}
}

func (w *things) container(e pcommon.Map, o object) {
	o.str("uid", sound(e, "ContainerId"))
	o.str("name", sound(e, "Name"))
	if image, ok := w.list.Ref(e, "Image"); ok {
		o.with("image", func(i object) { i.str("uid", sound(image, "ImageId")) }, "uid")
	}
}

func (w *things) bucket(e pcommon.Map, o object) {
	o.word("type", word{2, "Azure Blob"})
	o.str("uid", sound(e, "Url"))
	o.str("name", sound(e, "Name"))
}
