package emulator

// armError answers in the form of Azure Resource Manager.
func (x *exchange) armError(status int, code, message string) {
	x.json(status, map[string]any{"error": map[string]string{"code": code, "message": message}})
}
