package entity

func cloudKinds() []Kind {
	return []Kind{
		{Name: "azureResourceEvidence", Type: "azure-resource", Evidence: true, Props: list(
			via("resourceId", "ResourceId", ResourceID), as("resourceName", "resourceType"),
		)},
		{Name: "amazonResourceEvidence", Type: "amazon-resource", Evidence: true, Props: as(
			"amazonAccountId", "amazonResourceId", "resourceName", "resourceType",
		)},
		{Name: "googleCloudResourceEvidence", Type: "google-cloud-resource", Evidence: true, Props: as(
			"fullResourceName", "projectId", "projectNumber", "location", "locationType", "resourceName", "resourceType",
		)},
		{Name: "blobContainerEvidence", Type: "blob-container", Evidence: true, Props: list(
			as("name", "url"), nested("storageResource", "StorageResource", "azureResourceEvidence"),
		)},
		{Name: "blobEvidence", Type: "blob", Evidence: true, Props: list(
			as("name", "url", "etag"), nestedAll("fileHashes", "FileHashes", kindFileHash), nested("blobContainer", "BlobContainer", "blobContainerEvidence"),
		)},
		{Name: "sasTokenEvidence", Type: "sas-token", Evidence: true, Props: list(
			as("signatureHash", "signedWith", "allowedIpAddresses", "allowedServices", "allowedResourceTypes", "permissions"),
			as("protocol", "startDateTime", "expiryDateTime"), nested("storageResource", "StorageResource", "azureResourceEvidence"),
		)},
		{Name: "gitHubOrganizationEvidence", Type: "github-organization", Evidence: true, Props: as(
			"orgId", "login", "displayName", "company", "email", "webUrl",
		)},
		{Name: "gitHubRepoEvidence", Type: "github-repo", Evidence: true, Props: as("repoId", "login", "owner", "ownerType", "baseUrl")},
		{Name: "gitHubUserEvidence", Type: "github-user", Evidence: true, Props: as("userId", "login", "name", "email", "webUrl")},
	}
}
