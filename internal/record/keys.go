package record

// Event names: the kind of a record.
const (
	// EventDefenderIncident is a Graph incident without its `alerts`.
	EventDefenderIncident = "microsoft.defender.incident"
	// EventDefenderAlert is a Graph alert with its evidence.
	EventDefenderAlert = "microsoft.defender.alert"
	// EventDefenderHunting is one row of an advanced hunting table, as a map
	// or as the row's JSON text.
	EventDefenderHunting = "microsoft.defender.hunting"
	// EventSentinelIncident is a Sentinel incident with its comments.
	EventSentinelIncident = "microsoft.sentinel.incident"
	// EventASimAlert is an alert in the ASIM Alert Event schema: the body's
	// members are the columns of ASimAlertEventLogs.
	EventASimAlert = "microsoft.asim.alert_event"
	// EventOCSFDetection is an alert as an OCSF Detection Finding.
	EventOCSFDetection = "ocsf.detection_finding"
	// EventOCSFIncident is an incident as an OCSF Incident Finding.
	EventOCSFIncident = "ocsf.incident_finding"
)

// IsForOthers reports a kind of record that is another form of one that is in
// the pipeline too, and has no table in Sentinel.
func IsForOthers(event string) bool {
	return event == EventOCSFDetection || event == EventOCSFIncident
}

// Resource attributes: where a record comes from.
const (
	// CloudProvider is always ProviderAzure.
	CloudProvider = "cloud.provider"
	// ProviderAzure is the value of CloudProvider.
	ProviderAzure = "azure"
	// Cloud is the Microsoft cloud's name: public, usgov, usgov_dod, china or
	// custom.
	Cloud = "microsoft.cloud"
	// TenantID is the tenant that was polled, a GUID in lower case.
	TenantID = "microsoft.tenant.id"
	// TenantName is the name the user gave the tenant in the receiver's
	// configuration; absent when none was given.
	TenantName = "microsoft.tenant.name"
)

// Record attributes.
const (
	// UIDKey names one revision of one object; see UID.
	UIDKey = "log.record.uid"
	// DefenderIncidentID is the Graph incident id of an incident record; of a
	// Sentinel incident's, the one it is proven to be kept in step with.
	DefenderIncidentID = "microsoft.defender.incident.id"
	// DefenderTenantID is the tenant of DefenderIncidentID on a Sentinel
	// incident's record, whose own tenant is the workspace's.
	DefenderTenantID = "microsoft.defender.tenant.id"
	// DefenderIncidentURL is the incident's page in the Defender portal.
	DefenderIncidentURL = "microsoft.defender.incident.url"
	// DefenderAlertIDs is the slice of ids of the alerts that the incident
	// was delivered with; absent when it was read without its alerts.
	DefenderAlertIDs = "microsoft.defender.alert.ids"
	// DefenderAlertID is the Graph alert id of an alert record.
	DefenderAlertID = "microsoft.defender.alert.id"
	// DefenderServiceSource is the alert's serviceSource.
	DefenderServiceSource = "microsoft.defender.service_source"
	// DefenderTable is the hunting table a row belongs to.
	DefenderTable = "microsoft.defender.table"
	// DefenderResync is true on a record that was read again on purpose and
	// is not a new revision.
	DefenderResync = "microsoft.defender.resync"
	// SentinelEntities is the JSON text of the array of V3 entities that the
	// entity_mapping processor makes of an alert's evidence. Readers take a
	// slice of maps too, which is what OTTL's ParseJSON makes of it.
	SentinelEntities = "microsoft.sentinel.entities"
	// SentinelIncidentName is the Sentinel incident's resource name.
	SentinelIncidentName = "microsoft.sentinel.incident.name"
	// CloudResourceID is the ARM id of the workspace of a Sentinel record.
	CloudResourceID = "cloud.resource_id"
	// SentinelPendingStreams is the slice of names of the streams that a
	// resent record still owes rows to; absent when it owes all.
	SentinelPendingStreams = "microsoft.sentinel.pending_streams"
	// SentinelDeadLetter is true on a record whose body is one line of a
	// dead-letter file, to be sent again.
	SentinelDeadLetter = "microsoft.sentinel.dead_letter"
	// SentinelEntitiesMore is an array like that of SentinelEntities: the entities
	// that go beyond the 64 KB which Sentinel takes with an alert; absent when
	// none does.
	SentinelEntitiesMore = "microsoft.sentinel.entities.more"
	// SentinelEntitiesDropped is how many things of the alert did not fit into
	// its entities; absent when all did.
	SentinelEntitiesDropped = "microsoft.sentinel.entities.dropped"
)
