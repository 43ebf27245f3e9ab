package emulator

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// entityKind is what becomes of one type of V3 entity: its kind in ARM, and the
// wire name of each field, or of the reference that a nested entity becomes.
// Source: armsecurityinsights v2.0.0-beta.5 models, read 2026-11.
type entityKind struct {
	kind   string
	fields map[string]string
	refs   map[string]string // nested entities, one or a list of them
}

// entityKinds names them by V3 type in lower case. A type that is not here is
// not shown: ARM has no kind for it.
func entityKinds() map[string]entityKind {
	return map[string]entityKind{
		"account": {"Account", map[string]string{
			"Name": "accountName", "NTDomain": "ntDomain", "DnsDomain": "dnsDomain", "UPNSuffix": "upnSuffix", "Sid": "sid",
			"AadTenantId": "aadTenantId", "AadUserId": "aadUserId", "PUID": "puid", "IsDomainJoined": "isDomainJoined",
			"ObjectGuid": "objectGuid", "DisplayName": "displayName",
		}, map[string]string{"Host": "hostEntityId"}},
		"host": {"Host", map[string]string{
			"DnsDomain": "dnsDomain", "NTDomain": "ntDomain", "HostName": "hostName", "NetBiosName": "netBiosName", "AzureID": "azureID",
			"OMSAgentID": "omsAgentID", "OSFamily": "osFamily", "OSVersion": "osVersion", "IsDomainJoined": "isDomainJoined",
		}, nil},
		"ip":      {"Ip", map[string]string{"Address": "address"}, nil},
		"malware": {"Malware", map[string]string{"Name": "malwareName", "Category": "category"}, map[string]string{"Files": "fileEntityIds", "Processes": "processEntityIds"}},
		"file":    {"File", map[string]string{"Directory": "directory", "Name": "fileName"}, map[string]string{"Host": "hostEntityId", "FileHashes": "fileHashEntityIds"}},
		"process": {"Process", map[string]string{
			"ProcessId": "processId", "CommandLine": "commandLine", "CreationTimeUtc": "creationTimeUtc",
		}, map[string]string{
			"ImageFile": "imageFileEntityId", "Account": "accountEntityId", "ParentProcess": "parentProcessEntityId", "Host": "hostEntityId",
		}},
		"cloud-application": {"CloudApplication", map[string]string{"AppId": "appId", "Name": "appName", "InstanceName": "instanceName"}, nil},
		"dns": {"DnsResolution", map[string]string{"DomainName": "domainName"}, map[string]string{
			"IpAddress": "ipAddressEntityIds", "DnsServerIp": "dnsServerIpEntityId", "HostIpAddress": "hostIpAddressEntityId",
		}},
		"azure-resource": {"AzureResource", map[string]string{"ResourceId": "resourceId", "SubscriptionId": "subscriptionId"}, nil},
		"filehash":       {"FileHash", map[string]string{"Algorithm": "algorithm", "Value": "hashValue"}, nil},
		"registry-key":   {"RegistryKey", map[string]string{"Hive": "hive", "Key": "key"}, nil},
		"registry-value": {"RegistryValue", map[string]string{"Name": "valueName", "Value": "valueData", "ValueType": "valueType"}, map[string]string{"Key": "keyEntityId"}},
		"security-group": {"SecurityGroup", map[string]string{"DistinguishedName": "distinguishedName", "SID": "sid", "ObjectGuid": "objectGuid"}, nil},
		"url":            {"Url", map[string]string{"Url": "url"}, nil},
		"iotdevice": {"IoTDevice", map[string]string{
			"DeviceId": "deviceId", "DeviceName": "deviceName", "DeviceType": "deviceType", "Manufacturer": "vendor", "Model": "model",
			"OperatingSystem": "operatingSystem", "MacAddress": "macAddress", "SerialNumber": "serialNumber", "Source": "source",
		}, map[string]string{"IoTHub": "iotHubEntityId", "IpAddress": "ipAddressEntityId"}},
		"mailbox": {"Mailbox", map[string]string{
			"MailboxPrimaryAddress": "mailboxPrimaryAddress", "DisplayName": "displayName", "Upn": "upn",
			"ExternalDirectoryObjectId": "externalDirectoryObjectId",
		}, nil},
		"mail-cluster": {"MailCluster", map[string]string{
			"NetworkMessageIds": "networkMessageIds", "Threats": "threats", "Query": "query", "QueryTime": "queryTime",
			"MailCount": "mailCount", "IsVolumeAnomaly": "isVolumeAnomaly", "Source": "source",
		}, nil},
		"mail-message": {"MailMessage", map[string]string{
			"Recipient": "recipient", "Urls": "urls", "Threats": "threats", "Sender": "p1Sender", "SenderIP": "senderIP",
			"ReceivedDate": "receiveDate", "NetworkMessageId": "networkMessageId", "InternetMessageId": "internetMessageId",
			"Subject": "subject", "AntispamDirection": "antispamDirection", "DeliveryAction": "deliveryAction", "DeliveryLocation": "deliveryLocation",
		}, map[string]string{"Files": "fileEntityIds"}},
		"submissionmail": {"SubmissionMail", map[string]string{
			"SubmissionId": "submissionId", "SubmissionDate": "submissionDate", "Submitter": "submitter", "NetworkMessageId": "networkMessageId",
			"Timestamp": "timestamp", "Recipient": "recipient", "Sender": "sender", "SenderIp": "senderIp", "Subject": "subject", "ReportType": "reportType",
		}, nil},
	}
}

// entityReader turns the V3 entities of alerts into ARM's, each once.
type entityReader struct {
	workspace *workspace
	kinds     map[string]entityKind
	byID      map[string]string // $id of the present alert → entity id, "" = not shown
	found     map[string]armResource
	order     []string
}

// entityDepthMax bounds nesting, so that hostile text cannot exhaust the stack.
const entityDepthMax = 32

// alert reads the entities of one alert in reading order: a reference may point
// to what stood inside an earlier one.
func (r *entityReader) alert(text string) {
	var list []map[string]any
	if json.Unmarshal([]byte(text), &list) != nil {
		return
	}
	r.byID = map[string]string{}
	for _, entity := range list {
		r.entity(entity, entityDepthMax)
	}
}

// entity notes one entity and those inside it, and returns its id.
func (r *entityReader) entity(v map[string]any, depth int) string {
	if ref, ok := v["$ref"].(string); ok {
		return r.byID[ref]
	}
	if depth == 0 {
		return ""
	}
	name, _ := v["Type"].(string)
	kind, known := r.kinds[lower(name)]
	properties := map[string]any{}
	for field, wire := range kind.fields {
		if value, ok := v[field]; ok && value != nil {
			properties[wire] = value
		}
	}
	for _, field := range sortedKeys(v) {
		if ids := r.nested(v[field], depth-1); len(ids) > 0 {
			if wire := kind.refs[field]; strings.HasSuffix(wire, "Ids") {
				properties[wire] = ids
			} else if wire != "" {
				properties[wire] = ids[0]
			}
		}
	}
	id := ""
	if known && len(properties) > 0 {
		id = r.note(kind.kind, properties)
	}
	if own, ok := v["$id"].(string); ok {
		r.byID[own] = id
	}
	return id
}

// nested notes the entity or entities a field holds.
func (r *entityReader) nested(value any, depth int) []string {
	ids := []string{}
	take := func(v any) {
		if m, ok := v.(map[string]any); ok {
			if id := r.entity(m, depth); id != "" {
				ids = append(ids, id)
			}
		}
	}
	if list, ok := value.([]any); ok {
		for _, v := range list {
			take(v)
		}
	} else {
		take(value)
	}
	return ids
}

// note keeps an entity under a name that its kind and content give.
func (r *entityReader) note(kind string, properties map[string]any) string {
	name := guidOf(0, 23, lower(r.workspace.ResourceID), kind, string(plainJSON(properties)))
	id := r.workspace.insights() + "/Entities/" + name
	if _, twice := r.found[id]; !twice {
		for _, wire := range sortedKeys(properties) {
			if text, ok := properties[wire].(string); ok && !strings.HasSuffix(wire, "EntityId") {
				properties["friendlyName"] = text
				break
			}
		}
		r.found[id] = armResource{ID: id, Name: name, Type: "Microsoft.SecurityInsights/Entities", Kind: kind, Properties: plainJSON(properties)}
		r.order = append(r.order, id)
	}
	return id
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(keys(m)) }

// incidentEntities answers the entities of an incident's alerts.
func (e *Emulator) incidentEntities(x *exchange, w *workspace, name string) {
	e.mu.Lock()
	i := e.readLocked(x, w, name)
	e.mu.Unlock()
	if i == nil {
		x.noIncident(name)
		return
	}
	r := entityReader{workspace: w, kinds: entityKinds(), found: map[string]armResource{}}
	for _, relation := range i.relations { // revisions and alerts never change
		r.alert(relation.alert.entities)
	}
	entities, counts := []armResource{}, map[string]int{}
	for _, id := range r.order {
		entities = append(entities, r.found[id])
		counts[r.found[id].Kind]++
	}
	meta := []map[string]any{}
	for _, kind := range sortedKeys(counts) {
		meta = append(meta, map[string]any{"entityKind": kind, "count": counts[kind]})
	}
	if !e.poisons(x, i.name) {
		x.armJSON(http.StatusOK, plainJSON(map[string]any{"entities": entities, "metaData": meta}))
	}
}
