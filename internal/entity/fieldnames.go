package entity

// fieldNames are the fields that the table has for one type, by name and id.
type fieldNames struct {
	byName map[string]*naming
	all    []*naming
	places names // of all
}

// ready makes the names ready to be looked up, once all are there.
func (n *fieldNames) ready() {
	called, keys := make([]string, len(n.all)), make([]string, len(n.all))
	for i, f := range n.all {
		called[i], keys[i] = f.name, f.key
	}
	called, keys = together(called), together(keys)
	for i, f := range n.all {
		f.name, f.key = called[i], keys[i]
	}
	n.places = newNames(called)
}

// of is the field of that name, a new one if there is none yet.
func (n *fieldNames) of(name string) *naming {
	if n.byName[name] == nil {
		must(len(n.all) < fieldsMax, name, "one field too many")
		f := &naming{name: name, key: `,"` + name + `":`, id: int16(len(n.all))}
		n.byName[name], n.all = f, append(n.all, f)
	}
	return n.byName[name]
}

// knownFields are those that code here writes beside the table's.
type knownFields struct {
	host, name, upnSuffix, dnsDomain, accountName, fqdn, hostName, osFamily, subscriptionID, deviceDNSName *naming
}

// known makes them all but name, which is there when the type has it.
func (n *fieldNames) known() knownFields {
	return knownFields{
		host: n.of(fieldHost), name: n.byName[fieldName], upnSuffix: n.of("UPNSuffix"), dnsDomain: n.of("DnsDomain"), accountName: n.of("AccountName"),
		fqdn: n.of("FQDN"), hostName: n.of("HostName"), osFamily: n.of("OSFamily"), subscriptionID: n.of("SubscriptionId"),
		deviceDNSName: n.of(fieldDeviceDNSName),
	}
}

// fieldsOf are the fields of a type, nil the generic one.
func (t *tables) fieldsOf(typ *entityType) *fieldNames {
	if typ == nil {
		return t.reserved
	}
	return typ.fields
}

// reserved are the fields that code here writes beside the table's.
func reserved() *fieldNames {
	fields := &fieldNames{byName: map[string]*naming{}}
	for _, f := range []string{fieldType, fieldEntityKey, fieldIncidentEntityKey, fieldEvidenceType} {
		fields.of(f)
	}
	for _, p := range Base() {
		fields.of(p.Field)
	}
	return fields
}
