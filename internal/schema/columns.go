package schema

import "github.com/seed-9ff5f8f0/defender-sentinel/internal/record"

// Names of the columns that the encoder computes.
const (
	TimeGenerated    = "TimeGenerated"
	RecordUID        = "RecordUid"
	SourceTenantID   = "SourceTenantId"
	OriginalColumn   = "Original"
	OriginalParts    = "OriginalParts"
	ShortenedColumns = "ShortenedColumns"
	Entities         = "Entities"
	EntityCount      = "EntityCount"
	EntityIndex      = "EntityIndex"
	EntityColumn     = "Entity"
	NodeKey          = "NodeKey"
	Links            = "Links"
	Part             = "Part"
	Parts            = "Parts"
	Text             = "Text"
)

// envelope is what every Defender table begins with.
func envelope() []Column {
	return []Column{
		{TimeGenerated, Datetime, FromEncoder, "", "The object's last update when Azure accepts it (at most two days old, one day ahead), else the time of writing."},
		{RecordUID, String, FromAttribute, record.UIDKey, "Names this revision; a repeated row has the same, so duplicates fold away."},
		{SourceTenantID, String, FromResource, record.TenantID, "The Entra tenant the object was read from."},
		{"SourceTenantName", String, FromResource, record.TenantName, "The name given to that tenant in the receiver's configuration."},
		{"SourceCloud", String, FromResource, record.Cloud, "The Microsoft cloud of that tenant: public, usgov, usgov_dod, china or custom."},
	}
}

// original is what a table that carries whole objects ends with.
func original() []Column {
	return []Column{
		{OriginalColumn, Dynamic, FromEncoder, "", "The whole object as the service sent it; null when it travels in parts."},
		{OriginalParts, Int, FromEncoder, "", "How many rows of DefenderOriginal_CL hold the object; 0 when it is in Original."},
		{ShortenedColumns, Dynamic, FromEncoder, "", "Names of the columns whose value was cut to fit Azure's 64 KB; null when none was."},
	}
}

func table(t Table, own, tail []Column) Table {
	t.Columns = append(append(envelope(), own...), tail...)
	return t
}

// Incident is the table of incident revisions.
//
// Source: Microsoft Graph v1.0, security incident, read 2026-11; column names
// follow SecurityIncident where Azure allows them.
func Incident() Table {
	return table(Table{
		Name: "DefenderIncident_CL", Stream: StreamIncident,
		Description: "One row for each revision of an incident.",
	}, []Column{
		{"IncidentId", String, FromBody, "id", "Incident id, unique in its tenant."},
		{"IncidentTitle", String, FromBody, "displayName", "Incident name."},
		{"Description", String, FromBody, "description", "Description."},
		{"Summary", String, FromBody, "summary", "Overview of the attack."},
		{"Severity", String, FromBody, "severity", "Severity, in Graph's words."},
		{"Status", String, FromBody, "status", "Status, in Graph's words."},
		{"Classification", String, FromBody, "classification", "Verdict, coarse."},
		{"Determination", String, FromBody, "determination", "Verdict, fine."},
		{"ResolvingComment", String, FromBody, "resolvingComment", "Why it was resolved."},
		{"AssignedTo", String, FromBody, "assignedTo", "Owner; usually a user principal name."},
		{"PriorityScore", Int, FromBody, "priorityScore", "0 to 100; null when not computed."},
		{"CustomTags", Dynamic, FromBody, "customTags", "Tags set by people."},
		{"SystemTags", Dynamic, FromBody, "systemTags", "Tags set by Microsoft."},
		{"Comments", Dynamic, FromBody, "comments", "Comments with author and time."},
		{"CreatedTime", Datetime, FromBody, "createdDateTime", "When the incident was created."},
		{"LastModifiedTime", Datetime, FromBody, "lastUpdateDateTime", "When the incident was last updated."},
		{"ModifiedBy", String, FromBody, "lastModifiedBy", "Who updated it last; an app shows as API-App:…"},
		{"IncidentUrl", String, FromBody, "incidentWebUrl", "The incident's page in the Defender portal."},
		{"RedirectIncidentId", String, FromBody, "redirectIncidentId", "The incident this one was merged into."},
		{"AlertIds", Dynamic, FromAttribute, record.DefenderAlertIDs, "Ids of its alerts; null when it was read without them."},
	}, original())
}

// Alert is the table of alert revisions.
//
// Source: Microsoft Graph v1.0, security alert, read 2026-11; column names
// follow SecurityAlert where Azure allows them.
func Alert() Table {
	return table(Table{
		Name: "DefenderAlert_CL", Stream: StreamAlert,
		Description: "One row for each revision of an alert.",
	}, []Column{
		{"IncidentId", String, FromBody, "incidentId", "The incident it belongs to."},
		{"AlertId", String, FromBody, "id", "Alert id, unique in its tenant."},
		{"ProviderAlertId", String, FromBody, "providerAlertId", "Id in the product that raised it."},
		{"AlertName", String, FromBody, "title", "Alert title."},
		{"Description", String, FromBody, "description", "Description."},
		{"RemediationSteps", String, FromBody, "recommendedActions", "Recommended actions."},
		{"AlertSeverity", String, FromBody, "severity", "Severity, in Graph's words."},
		{"Status", String, FromBody, "status", "Status, in Graph's words."},
		{"Classification", String, FromBody, "classification", "Verdict, coarse."},
		{"Determination", String, FromBody, "determination", "Verdict, fine."},
		{"AssignedTo", String, FromBody, "assignedTo", "Owner; may be no person, such as Automation."},
		{"InvestigationState", String, FromBody, "investigationState", "State of the automated investigation."},
		{"ServiceSource", String, FromBody, "serviceSource", "Product that raised it."},
		{"DetectionSource", String, FromBody, "detectionSource", "Technology that found it."},
		{"ProductName", String, FromBody, "productName", "Product's display name."},
		{"DetectorId", String, FromBody, "detectorId", "The detector that raised it."},
		{"AlertPolicyId", String, FromBody, "alertPolicyId", "The policy that raised it."},
		{"Category", String, FromBody, "category", "Kill-chain category."},
		{"Categories", Dynamic, FromBody, "categories", "Kill-chain categories."},
		{"Techniques", Dynamic, FromBody, "mitreTechniques", "MITRE ATT&CK techniques."},
		{"ActorDisplayName", String, FromBody, "actorDisplayName", "The adversary's name."},
		{"ThreatDisplayName", String, FromBody, "threatDisplayName", "The threat's name."},
		{"ThreatFamilyName", String, FromBody, "threatFamilyName", "The threat's family."},
		{"StartTime", Datetime, FromBody, "firstActivityDateTime", "Earliest activity."},
		{"EndTime", Datetime, FromBody, "lastActivityDateTime", "Latest activity."},
		{"CreatedTime", Datetime, FromBody, "createdDateTime", "When the alert was created."},
		{"LastModifiedTime", Datetime, FromBody, "lastUpdateDateTime", "When the alert was last updated."},
		{"ResolvedTime", Datetime, FromBody, "resolvedDateTime", "When the alert was resolved."},
		{"AlertLink", String, FromBody, "alertWebUrl", "The alert's page in the Defender portal."},
		{"IncidentUrl", String, FromBody, "incidentWebUrl", "The incident's page in the Defender portal."},
		{"SystemTags", Dynamic, FromBody, "systemTags", "Tags set by Microsoft."},
		{"Comments", Dynamic, FromBody, "comments", "Comments with author and time."},
		{"CustomDetails", Dynamic, FromBody, "customDetails", "Custom details of the detection rule."},
		{"AdditionalData", Dynamic, FromBody, "additionalData", "Further data of the product."},
		{Entities, String, FromAttribute, record.SentinelEntities, "Sentinel V3 entities as a JSON array, as in SecurityAlert: those that fit 60,000 bytes, and name no other that does not."},
		{EntityCount, Int, FromEncoder, "", "How many entities the alert has; more than Entities holds when some did not fit."},
	}, original())
}

// Entity is the table of the entities of an alert revision.
func Entity() Table {
	return table(Table{
		Name: "DefenderEntity_CL", Stream: StreamEntity,
		Description: "One row for each entity of each alert revision, at most 500, Sentinel's limit; joins its alert by RecordUid. NodeKey and Links are a graph's nodes and edges.",
	}, []Column{
		{"IncidentId", String, FromBody, "incidentId", "The incident of the alert."},
		{"AlertId", String, FromBody, "id", "The alert."},
		{"LastModifiedTime", Datetime, FromBody, "lastUpdateDateTime", "When the alert was last updated."},
		{EntityIndex, Int, FromEncoder, "", "The entity's $id within its alert."},
		{"EntityType", String, FromEntity, "Type", "Sentinel's entity type: account, host, ip, file, process …"},
		{"EntityKey", String, FromEntity, "EntityKey", "The same for the same thing met again in the same tenant; empty when the evidence has no strong identifier."},
		{NodeKey, String, FromEncoder, "", "The entity as a node of a graph, never empty: its EntityKey, else the key that is the same for the same thing in other alerts of the incident, else RecordUid and EntityIndex."},
		{Links, Dynamic, FromEncoder, "", "The entities of the same alert that it names, each as Link (the member that names it: Host, Account, ImageFile, ParentProcess …), NodeKey and EntityIndex; null without any."},
		{"EvidenceType", String, FromEntity, "EvidenceType", "Graph's evidence type that it was made from."},
		{"Roles", Dynamic, FromEntity, "Roles", "The evidence's roles."},
		{"DetailedRoles", Dynamic, FromEntity, "DetailedRoles", "The evidence's detailed roles."},
		{"Verdict", String, FromEntity, "Verdict", "The evidence's verdict."},
		{"RemediationStatus", String, FromEntity, "RemediationStatus", "The evidence's remediation status."},
	}, []Column{
		{EntityColumn, Dynamic, FromEncoder, "", "The entity as in Entities; null when it is over 60,000 bytes (the alert's original has it)."},
		{ShortenedColumns, Dynamic, FromEncoder, "", "Names of the columns whose value was cut to fit Azure's 64 KB; null when none was."},
	})
}

// Original is the table of originals that are too long for one column.
func Original() Table {
	return table(Table{
		Name: "DefenderOriginal_CL", Stream: StreamOriginal,
		Description: "One row for each part of an original over 60,000 bytes; its texts in the order of Part, joined, are the object's JSON.",
	}, []Column{
		{"IncidentId", String, FromAttribute, record.DefenderIncidentID, "The incident of the object."},
		{Part, Int, FromEncoder, "", "Number of the part, from 1."},
		{Parts, Int, FromEncoder, "", "How many parts there are. Join by RecordUid and Parts: a resend under a lower body limit makes more and smaller ones."},
		{Text, String, FromEncoder, "", "The part's text, at most 60,000 bytes, cut between characters."},
	}, nil)
}
