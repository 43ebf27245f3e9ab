package schema

// Columns of OTelLogs that are parts of the log record itself.
const (
	OTelAttributes         = "Attributes"
	OTelResourceAttributes = "ResourceAttributes"
	OTelBody               = "Body"
	OTelScopeName          = "ScopeName"
	OTelScopeVersion       = "ScopeVersion"
	OTelSeverityNumber     = "SeverityNumber"
	OTelSeverityText       = "SeverityText"
	OTelTraceID            = "TraceId"
	OTelSpanID             = "SpanId"
	OTelDroppedAttributes  = "DroppedAttributesCount"
)

// OTelEventName is the member of OTelAttributes that holds a record's event
// name, for which OTelLogs has no column.
const OTelEventName = "event.name"

// OTelLogs is the built-in table of log records of any source. Its columns are
// Microsoft's and need no declaration; listed are the ones that are written.
//
// Source: Azure Monitor Logs reference, OTelLogs, dated 2026-07-27.
func OTelLogs() Table {
	return Table{
		Name: "OTelLogs", Stream: StreamOTelLogs,
		Description: "One row for each record of another pipeline.",
		Columns: []Column{
			{TimeGenerated, Datetime, FromEncoder, "", "The record's time when Azure accepts it (at most two days old, one day ahead), else the time of writing."},
			{OTelBody, String, FromEncoder, "", "The body; anything but a string as its JSON text."},
			{OTelSeverityNumber, Int, FromEncoder, "", "Severity number, 1 to 24; null when unset."},
			{OTelSeverityText, String, FromEncoder, "", "Severity text."},
			{OTelAttributes, Dynamic, FromEncoder, "", "The record's attributes, and its event name as event.name."},
			{OTelResourceAttributes, Dynamic, FromEncoder, "", "The resource's attributes."},
			{OTelDroppedAttributes, Int, FromEncoder, "", "How many attributes the source discarded; null when none."},
			{OTelScopeName, String, FromEncoder, "", "Name of the instrumentation scope."},
			{OTelScopeVersion, String, FromEncoder, "", "Version of the instrumentation scope."},
			{OTelTraceID, String, FromEncoder, "", "Trace id in hex."},
			{OTelSpanID, String, FromEncoder, "", "Span id in hex."},
			{"ServiceName", String, FromResource, "service.name", "Logical name of the service."},
			{"ServiceNamespace", String, FromResource, "service.namespace", "Namespace of the service."},
			{"ServiceInstanceId", String, FromResource, "service.instance.id", "Id of the service's instance."},
			{"ServiceVersion", String, FromResource, "service.version", "Version of the service."},
			{"DeploymentEnvironmentName", String, FromResource, "deployment.environment.name", "Name of the deployment environment."},
			{"K8sContainerName", String, FromResource, "k8s.container.name", "Kubernetes container."},
			{"K8sNamespaceName", String, FromResource, "k8s.namespace.name", "Kubernetes namespace."},
			{"K8sPodName", String, FromResource, "k8s.pod.name", "Kubernetes pod."},
			{"SessionId", String, FromAttribute, "session.id", "Session id."},
			{"EndUserId", String, FromAttribute, "enduser.id", "Id of the authenticated user."},
			{"UserId", String, FromAttribute, "user.id", "Id of the user."},
		},
	}
}
