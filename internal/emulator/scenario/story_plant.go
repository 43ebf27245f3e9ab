package scenario

import "time"

// containerEscape: a privileged container reaches its node and the cluster's secrets.
func containerEscape(s *scene) plot {
	w, node, via := s.workload("shop", "checkout", "shop/checkout:2.14.3"), s.org.cluster.node, s.attacker()
	w.privileged = true
	s.wait(time.Minute, 4*time.Minute)
	s.alert(draft{
		from: defenderForCloud("Containers"), title: "Privileged container detected", severity: "low", about: "A container with full access to its node was started.",
		category: "Execution", techniques: []string{"T1610"},
	}, suspicious(s.containerOf(w)), s.pod(w), s.image(w), s.registry(), s.controller(w), s.namespace(w.namespace), s.kubeCluster())
	s.wait(time.Minute, 5*time.Minute)
	root := &person{account: "root", domain: node.name, sid: "S-1-22-1-0"}
	runtime := &proc{
		image: binary{name: "containerd-shim-runc-v2", folder: "/usr/bin", size: 12345344}, pid: s.between(900, 2000), started: s.now.Add(-5 * time.Hour), on: node, as: root,
	}
	sh := s.spawn(runtime, node, root, binary{name: "nsenter", folder: "/usr/bin", size: 31416}, "nsenter --target 1 --mount --uts --ipc --net --pid -- bash")
	s.alert(draft{
		from: defenderForCloud("Containers"), title: "Possible container escape: a process runs in the namespaces of its node", severity: "high", about: "A process that began in a container entered the namespaces of process 1.",
		category: "PrivilegeEscalation", also: []string{"Execution"}, techniques: []string{"T1611"},
	}, malicious(s.process(sh)), malicious(s.containerOf(w), "source"), s.pod(w), suspicious(s.device(node), "attacked"))
	s.wait(time.Minute, 4*time.Minute)
	s.alert(draft{
		from: defenderForCloud("Containers"), title: "Service account token used from outside the cluster", severity: "high", about: "The token of a workload's account listed secrets from an address outside.",
		category: "CredentialAccess", techniques: []string{"T1552.007"},
	}, suspicious(s.serviceAccount(w), "compromised"), suspicious(s.secret(w.namespace, w.account+"-token"), "scanned"), suspicious(s.remote(via), "attacker"), s.kubeCluster(), s.namespace(w.namespace))
	return plot{
		summary: "A privileged container was left for its node, and the cluster's secrets were read from outside.", tags: []string{"Kubernetes"},
		truth: truly("multiStagedAttack"), advice: "Drain the node, rotate the secrets.",
	}
}

// cryptoMiner: an open dashboard brings a miner.
func cryptoMiner(s *scene) plot {
	w, node, pool, via := s.workload("kubeflow", "pipeline-runner", "tools/xmr-runner:latest"), s.org.cluster.node, places()[5], places()[0]
	w.command, w.args = []string{"/opt/xmrig"}, []string{"-o", "pool.example.net:3333", "--donate-level", "1"}
	entry := *w
	entry.controller = "kubeflow-dashboard"
	s.wait(time.Minute, 4*time.Minute)
	s.alert(draft{
		from: defenderForCloud("Containers"), title: "Exposed Kubeflow dashboard detected", severity: "medium", about: "A service of type load balancer makes the dashboard reachable from the internet.",
		category: "InitialAccess", techniques: []string{"T1133"},
	}, suspicious(s.kubeService(&entry, "10.0.17.4", s.remote(place{addr: "203.0.113.44", code: "NL", country: "Netherlands", state: "Noord-Holland", city: "Amsterdam", latitude: "52.3740", longitude: "4.8897"}), 80, 31080)),
		s.namespace(w.namespace), s.kubeCluster(), suspicious(s.remote(via), "attacker"))
	s.wait(time.Minute, 5*time.Minute)
	s.alert(draft{
		from: defenderForCloud("Containers"), title: "Digital currency mining behavior detected", severity: "high", about: "A container runs a program that mines digital currency.", threat: "CoinMiner", family: "XMRig",
		category: "Impact", techniques: []string{"T1496"},
	}, malicious(s.containerOf(w)), malicious(s.pod(w)), s.controller(w), malicious(s.image(w)), s.serviceAccount(w))
	s.wait(time.Minute, 3*time.Minute)
	s.alert(draft{
		from: defenderForCloud("DNS"), title: "Digital currency mining activity (DNS)", severity: "low", about: "A name that belongs to a mining pool was looked up.",
		category: "CommandAndControl", techniques: []string{"T1071.004"},
	}, suspicious(s.dns("pool.example.net", "10.0.0.10", node.ip, s.remote(pool))), malicious(s.connection(s.ip(w.ip), s.remote(pool), s.between(32768, 60999), 3333)), s.device(node))
	return plot{
		summary: "Through a dashboard open to the internet a miner was deployed.", tags: []string{"Kubernetes", "Cost"},
		truth: truly("unwantedSoftware"), advice: "Close the dashboard, delete the deployment.",
	}
}

// ioTTakeover: a controller of the plant is programmed from a camera.
func ioTTakeover(s *scene) plot {
	camera := thing{
		name: "cam-hall2-07", kind: "Camera", subKind: "IP camera", maker: "Example Optics", model: "EO-210", system: "Linux 4.9",
		ip: "10.40.2.77", mac: "00:00:5E:00:53:4D", serial: "EO210-" + numeric(s.org.tenant+"cam", 6), protocols: []string{"RTSP", "HTTP", "Telnet"},
	}
	plc := thing{
		name: "plc-pack-3", kind: "PLC", subKind: "Safety controller", maker: "Example Automation", model: "EA-1500", system: "EA-OS 3.2",
		ip: "10.40.1.13", mac: "00:00:5E:00:53:0D", serial: "EA1500-" + numeric(s.org.tenant+"plc", 6), protocols: []string{"Modbus/TCP", "S7comm"}, programming: true,
	}
	via := s.attacker()
	s.wait(time.Minute, 4*time.Minute)
	s.alert(draft{
		from: defenderForCloud("IoT"), title: "Excessive login attempts over Telnet", severity: "medium", about: "Many logins failed, then one worked.",
		category: "CredentialAccess", techniques: []string{"T1110.001"},
	}, suspicious(s.ioT(camera), "compromised"), suspicious(s.remote(via), "attacker"), s.nic(camera), s.ip(camera.ip))
	s.wait(time.Minute, 5*time.Minute)
	s.alert(draft{
		from: defenderForCloud("IoT"), title: "Unauthorized PLC programming", severity: "high", about: "A device that is no engineering station wrote a program to a controller.",
		category: "Execution", also: []string{"Impact"}, techniques: []string{"T1059"},
	}, malicious(s.ioT(plc), "attacked"), suspicious(s.ioT(camera), "source"), s.nic(plc), s.connection(s.ip(camera.ip), s.ip(plc.ip), s.between(40000, 60000), 502))
	return plot{
		summary: "A camera was entered with a guessed password and used to program a controller.", tags: []string{"OT", "Plant North"},
		truth: truly("maliciousUserActivity"), advice: "Stop the line in order, reload the program.",
	}
}
