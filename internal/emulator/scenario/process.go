package scenario

import "time"

// binary is a file that lies somewhere: the same name in the same folder always has the same hashes.
type binary struct {
	name, folder              string
	size                      int64
	publisher, signer, issuer string
	edition                   string // tells apart files of one name; part of the hashes
}

func (b binary) key() string { return b.name + "|" + b.folder + "|" + b.edition }

// details is the file as the complex type fileDetails; filePath is the folder without the name.
func (b binary) details() object {
	return object{
		"fileName": b.name, "filePath": b.folder, "fileSize": b.size,
		"filePublisher": orNil(b.publisher), "signer": orNil(b.signer), "issuer": orNil(b.issuer),
		"sha1": digest(40, "sha1"+b.key()), "sha256": digest(64, "sha256"+b.key()),
		"md5": digest(32, "md5"+b.key()), "sha256Ac": digest(64, "sha256ac"+b.key()),
	}
}

// hashes are the file's hashes as the complex type fileHash.
func (b binary) hashes() list {
	d := b.details()
	return list{
		object{"algorithm": "md5", "value": d["md5"]},
		object{"algorithm": "sha256", "value": d["sha256"]},
	}
}

// windows returns a program that comes with Windows.
func windows(name string, size int64) binary {
	folder := `C:\Windows\System32`
	switch name {
	case "powershell.exe":
		folder += `\WindowsPowerShell\v1.0`
	case "explorer.exe":
		folder = `C:\Windows`
	}
	return binary{
		name: name, folder: folder, size: size, publisher: "Microsoft Corporation",
		signer: "Microsoft Windows", issuer: "Microsoft Windows Production PCA 2011",
	}
}

// office returns a program of Microsoft 365.
func office(name string, size int64) binary {
	return binary{
		name: name, folder: `C:\Program Files\Microsoft Office\root\Office16`, size: size,
		publisher: "Microsoft Corporation", signer: "Microsoft Corporation", issuer: "Microsoft Code Signing PCA 2011",
	}
}

func (s *scene) file(b binary, h *host) object {
	return evidence("fileEvidence", object{"detectionStatus": "detected", "fileDetails": b.details(), "mdeDeviceId": h.mdeID})
}

func (s *scene) fileHash(b binary) object {
	return evidence("fileHashEvidence", object{"algorithm": "sha256", "value": b.details()["sha256"]})
}

// proc is a process that once ran. pid repeats over time; (host, pid, started) does not.
type proc struct {
	image   binary
	command string
	pid     int64
	started time.Time
	parent  *proc
	on      *host
	as      *person
}

// spawn starts a process now. Without a parent it is the session's explorer or a service.
func (s *scene) spawn(parent *proc, h *host, as *person, image binary, command string) *proc {
	s.pid += 4 * s.between(1, 300)
	p := &proc{image: image, command: command, pid: s.pid, started: s.now, parent: parent, on: h, as: as}
	s.wait(200*time.Millisecond, 9*time.Second)
	return p
}

// shell is what a person's programs descend from: explorer, started when they logged on.
func (s *scene) shell(h *host, as *person) *proc {
	began := s.now.Add(-s.span(30*time.Minute, 6*time.Hour))
	return &proc{
		image: windows("explorer.exe", 3191352), command: `C:\Windows\Explorer.EXE`, pid: 4 * s.between(400, 2000), started: began,
		parent: &proc{image: windows("userinit.exe", 58880), pid: 4 * s.between(200, 399), started: began.Add(-2 * time.Second)},
		on:     h, as: as,
	}
}

// service is what programs of the machine itself descend from.
func (s *scene) service(h *host) *proc {
	began := s.now.Add(-s.span(6*time.Hour, 90*time.Hour))
	return &proc{
		image: windows("services.exe", 759696), command: `C:\Windows\system32\services.exe`, pid: 4 * s.between(150, 199), started: began,
		parent: &proc{image: windows("wininit.exe", 421888), pid: 4 * s.between(100, 149), started: began.Add(-time.Second)},
		on:     h, as: system(),
	}
}

// process is a process as evidence, with its parent.
func (s *scene) process(p *proc) object {
	return evidence("processEvidence", object{
		"processId": p.pid, "processCreationDateTime": stamp(p.started), "processCommandLine": p.command,
		"imageFile": p.image.details(), "userAccount": userAccount(p.as), "mdeDeviceId": p.on.mdeID,
		"parentProcessId": p.parent.pid, "parentProcessCreationDateTime": stamp(p.parent.started),
		"parentProcessImageFile": p.parent.image.details(), "detectionStatus": "detected",
	})
}

func (s *scene) registryKey(hive, key string) object {
	return evidence("registryKeyEvidence", object{"registryHive": hive, "registryKey": key})
}

// registryText is a REG_SZ value.
func (s *scene) registryText(h *host, hive, key, name, value string) object {
	return evidence("registryValueEvidence", object{
		"registryHive": hive, "registryKey": key, "registryValueName": name, "registryValueType": "String",
		"registryValue": value, "mdeDeviceId": h.mdeID,
	})
}

// malware is a family found in files and processes.
func (s *scene) malware(name, category string, files, processes list) object {
	return evidence("malwareEvidence", object{"name": name, "category": category, "files": files, "processes": processes})
}

func (s *scene) connection(from, to object, sourcePort, port int64) object {
	return evidence("networkConnectionEvidence", object{
		"sourceAddress": from, "sourcePort": sourcePort, "destinationAddress": to, "destinationPort": port, "protocol": "tcp",
	})
}

func (s *scene) dns(name, server, host string, answers ...object) object {
	var out list
	for _, a := range answers {
		out = append(out, a)
	}
	return evidence("dnsEvidence", object{
		"domainName": name, "dnsServerIp": s.ip(server), "hostIpAddress": s.ip(host), "ipAddresses": out,
	})
}
