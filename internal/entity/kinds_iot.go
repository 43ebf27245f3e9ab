package entity

func iotKinds() []Kind {
	return []Kind{
		{Name: "ioTDeviceEvidence", Type: "iotdevice", Evidence: true, Props: list(
			nested("ioTHub", "IoTHub", "azureResourceEvidence"), as("deviceId", "deviceName", "owners", "ioTSecurityAgentId"),
			as("deviceType", "deviceSubType", "source"), nested("sourceRef", "SourceRef", "urlEvidence"),
			as("manufacturer", "model", "operatingSystem"), nested("ipAddress", "IpAddress", "ipEvidence"), as("macAddress"),
			nestedAll("nics", "Nics", "nicEvidence"), as("protocols", "serialNumber", "site", "zone", "sensor"),
			via("importance", "Importance", Word), as("purdueLayer", "isAuthorized", "isProgramming", "isScanner"), inline("devicePageLink", "DevicePageLink", "url"),
		)},
	}
}
