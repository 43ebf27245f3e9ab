// Package sentinelapi asks Azure Resource Manager for the incidents of one
// Microsoft Sentinel workspace, with their comments and relations, and changes
// them; and it asks Log Analytics a query about the workspace: which URL, which
// headers, which answer means what. Bodies are bounded bytes that package
// sentinel decodes or made; nothing here knows what an incident looks like.
//
// Floor 2: it imports azure, and sentinel for what a workspace is called.
package sentinelapi
