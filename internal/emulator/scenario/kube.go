package scenario

// cluster is the tenant's Kubernetes cluster.
type cluster struct {
	name, version, registry string
	node                    *host
}

func (o *org) newCluster(d dice) *cluster {
	node := o.newHost(d, "aks-pool1-"+d.hex(8)+"-vmss000000", "10.224.0.4")
	node.platform, node.version, node.build, node.ntDomain = "Linux", "5.15", int64(1091), ""
	node.group, node.groupID, node.owner, node.vm = "Kubernetes nodes", 9, o.admin(), o.vmMetadata(d, node.name)
	return &cluster{name: "aks-" + o.name + "-prod", version: "1.33.5", registry: o.name + "acr.azurecr.io", node: node}
}

// workload is what runs in one pod.
type workload struct {
	namespace, controller, kind, pod, ip, account string
	image, digest                                 string
	containerID                                   string
	command, args                                 []string
	privileged                                    bool
}

// workload deploys image (name and tag) as a pod of its own in a namespace.
func (s *scene) workload(namespace, name, image string) *workload {
	return &workload{
		namespace: namespace, controller: name, kind: "Deployment", account: name + "-sa",
		pod: name + "-" + s.hex(9) + "-" + s.hex(5), ip: "10.244.2." + s.num(2, 250),
		image: s.org.cluster.registry + "/" + image, digest: "sha256:" + digest(64, image), containerID: "containerd://" + s.hex(64),
		command: []string{"/usr/bin/" + name}, args: []string{"--config", "/etc/" + name + "/config.yaml"},
	}
}

func (s *scene) kubeCluster() object {
	c := s.org.cluster
	return evidence("kubernetesClusterEvidence", object{
		"name": c.name, "platform": "aks", "version": c.version, "distribution": "AKS",
		"cloudResource": s.azure("Microsoft.ContainerService/managedClusters", c.name),
	})
}

func (s *scene) namespace(name string) object {
	return evidence("kubernetesNamespaceEvidence", object{
		"name": name, "labels": object{"kubernetes.io/metadata.name": name}, "cluster": s.kubeCluster(),
	})
}

func (s *scene) controller(w *workload) object {
	return evidence("kubernetesControllerEvidence", object{
		"name": w.controller, "type": w.kind, "namespace": s.namespace(w.namespace), "labels": w.labels(),
	})
}

func (w *workload) labels() object {
	return object{"app.kubernetes.io/name": w.controller, "app.kubernetes.io/part-of": w.namespace}
}

func (s *scene) serviceAccount(w *workload) object {
	return evidence("kubernetesServiceAccountEvidence", object{"name": w.account, "namespace": s.namespace(w.namespace)})
}

func (s *scene) secret(namespace, name string) object {
	return evidence("kubernetesSecretEvidence", object{ //nolint:gosec // the name of a type of secrets, no secret
		"name": name, "namespace": s.namespace(namespace), "secretType": "kubernetes.io/service-account-token",
	})
}

// service is a load balancer before the workload.
func (s *scene) kubeService(w *workload, clusterIP string, external object, port, nodePort int64) object {
	return evidence("kubernetesServiceEvidence", object{
		"name": w.controller, "namespace": s.namespace(w.namespace), "serviceType": "loadBalancer",
		"clusterIP": s.ip(clusterIP), "externalIPs": list{external}, "labels": w.labels(),
		"selector": object{"app.kubernetes.io/name": w.controller},
		"servicePorts": list{object{
			"name": "http", "port": port, "targetPort": "http", "nodePort": nodePort, "protocol": "tcp", "appProtocol": "http",
		}},
	})
}

func (s *scene) registry() object {
	return evidence("containerRegistryEvidence", object{"registry": s.org.cluster.registry})
}

// image is the workload's image by tag, with the same one by digest inside.
func (s *scene) image(w *workload) object {
	byDigest := evidence("containerImageEvidence", object{
		"imageId": w.image + "@" + w.digest, "registry": s.registry(), "digestImage": nil,
	})
	return evidence("containerImageEvidence", object{"imageId": w.image, "registry": s.registry(), "digestImage": byDigest})
}

// box is the workload's container within its pod, where the pod is left out.
func (s *scene) box(w *workload, name string) object {
	return evidence("containerEvidence", object{
		"name": name, "containerId": w.containerID, "command": strs(w.command...), "args": strs(w.args...),
		"isPrivileged": w.privileged, "image": s.image(w), "pod": nil,
	})
}

// containerOf is the workload's container with the pod around it.
func (s *scene) containerOf(w *workload) object {
	e := s.box(w, w.controller)
	pod := s.pod(w)
	pod["containers"], pod["initContainers"], pod["ephemeralContainers"] = list{}, list{}, list{}
	e["pod"] = pod
	return e
}

func (s *scene) pod(w *workload) object {
	prepare, debug := *w, *w
	prepare.containerID, debug.containerID = "containerd://"+digest(64, w.containerID+"init"), "containerd://"+digest(64, w.containerID+"debug")
	prepare.command, prepare.args = []string{"/bin/sh"}, []string{"-c", "chown -R 1000 /data"}
	debug.command, debug.args = []string{"/bin/sh"}, []string{"-i"}
	return evidence("kubernetesPodEvidence", object{
		"name": w.pod, "namespace": s.namespace(w.namespace), "podIp": s.ip(w.ip), "labels": w.labels(),
		"controller": s.controller(w), "serviceAccount": s.serviceAccount(w),
		"containers":     list{s.box(w, w.controller)},
		"initContainers": list{s.box(&prepare, "prepare-data")}, "ephemeralContainers": list{s.box(&debug, "debugger-x7k2p")},
	})
}
