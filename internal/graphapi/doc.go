// Package graphapi asks Microsoft Graph for security incidents and alerts, and
// changes incidents: which URL, which headers, which answer means what. Bodies
// are streams that the caller decodes, or bytes that it made; nothing here
// knows what an incident looks like.
//
// Floor 2: it imports azure and nothing else of ours.
package graphapi
