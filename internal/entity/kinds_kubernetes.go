package entity

func kubernetesKinds() []Kind {
	inNamespace := nested("namespace", "Namespace", "kubernetesNamespaceEvidence")
	return []Kind{
		{Name: "kubernetesClusterEvidence", Type: "kubernetes-cluster", Evidence: true, Props: list(
			// Any evidence type may stand here; @odata.type says which.
			nested("cloudResource", "CloudResource", ""), as("distribution", "name", "platform", "version"),
		)},
		{Name: "kubernetesNamespaceEvidence", Type: "kubernetes-namespace", Evidence: true, Props: list(
			nested("cluster", "Cluster", "kubernetesClusterEvidence"), as("labels", "name"),
		)},
		{Name: "kubernetesControllerEvidence", Type: "kubernetes-controller", Evidence: true, Props: list(
			as("labels", "name"), inNamespace, to("type", "ControllerType"),
		)},
		{Name: "kubernetesPodEvidence", Type: "kubernetes-pod", Evidence: true, Props: list(
			nestedAll("containers", "Containers", "containerEvidence"),
			nested("controller", "Controller", "kubernetesControllerEvidence"),
			nestedAll("ephemeralContainers", "EphemeralContainers", "containerEvidence"),
			nestedAll("initContainers", "InitContainers", "containerEvidence"),
			as("labels", "name"), inNamespace, nested("podIp", "PodIp", "ipEvidence"),
			nested("serviceAccount", "ServiceAccount", "kubernetesServiceAccountEvidence"),
		)},
		{Name: "kubernetesSecretEvidence", Type: "kubernetes-secret", Evidence: true, Props: list(as("name"), inNamespace, as("secretType"))},
		{Name: "kubernetesServiceAccountEvidence", Type: "kubernetes-service-account", Evidence: true, Props: list(as("name"), inNamespace)},
		{Name: "kubernetesServiceEvidence", Type: "kubernetes-service", Evidence: true, Props: list(
			nested("clusterIP", "ClusterIP", "ipEvidence"), nestedAll("externalIPs", "ExternalIPs", "ipEvidence"),
			as("labels", "name"), inNamespace, as("selector", "serviceType"), records("servicePorts"),
		)},
		{Name: "containerEvidence", Type: "container", Evidence: true, Props: list(
			as("args", "command", "containerId"), nested("image", "Image", "containerImageEvidence"), as("isPrivileged", "name"),
			nested("pod", "Pod", "kubernetesPodEvidence"),
		)},
		{Name: "containerImageEvidence", Type: "container-image", Evidence: true, Props: list(
			nested("digestImage", "DigestImage", "containerImageEvidence"), as("imageId"),
			nested("registry", "Registry", "containerRegistryEvidence"),
		)},
		{Name: "containerRegistryEvidence", Type: "container-registry", Evidence: true, Props: as("registry")},
	}
}
