package scenario

// thing is a device of the plant that runs no agent; a sensor watches it.
type thing struct {
	name, kind, subKind, maker, model, system string
	ip, mac, serial                           string
	protocols                                 []string
	programming                               bool
}

func (s *scene) nic(t thing) object {
	return evidence("nicEvidence", object{"macAddress": t.mac, "ipAddress": s.ip(t.ip), "vlans": strs("40", "41")})
}

func (s *scene) ioT(t thing) object {
	id := asGUID(s.org.tenant + t.name)
	page := "https://portal.azure.com/#blade/Microsoft_Azure_IoT_Defender/DeviceBlade/deviceId/" + id
	return evidence("ioTDeviceEvidence", object{
		"deviceId": id, "deviceName": t.name, "devicePageLink": page, "sourceRef": s.url(page),
		"deviceType": t.kind, "deviceSubType": t.subKind, "manufacturer": t.maker, "model": t.model,
		"operatingSystem": t.system, "serialNumber": t.serial, "importance": "high",
		"ipAddress": s.ip(t.ip), "macAddress": t.mac, "nics": list{s.nic(t)}, "protocols": strs(t.protocols...),
		"isAuthorized": true, "isProgramming": t.programming, "isScanner": false,
		"ioTHub": s.azure("Microsoft.Devices/IotHubs", "iot-"+s.org.name+"-plant"), "ioTSecurityAgentId": asGUID("agent" + id),
		"owners": strs("plant.operations@" + s.org.domain), "purdueLayer": "Level 1", "sensor": "sensor-hall2", "site": "Plant North",
		"zone": "Packaging", "source": "MicrosoftDefenderForIoT",
	})
}
