package ocsf

// observable is a value of the event that can be searched for: what it is,
// where it stands, and itself.
type observable struct {
	kind        observableKind
	name, value string
}

// observableKind is what an observable is.
type observableKind int64

// The kinds of observable that are written.
const (
	observeHostname observableKind = iota + 1
	observeIP
	observeMAC
	observeUser
	observeMail
	observeURL
	observeFile
	observeHash
	observeProcess
	observeResource
)

func (k observableKind) caption() string {
	switch k {
	case observeHostname:
		return "Hostname"
	case observeIP:
		return "IP Address"
	case observeMAC:
		return "MAC Address"
	case observeUser:
		return "User Name"
	case observeMail:
		return "Email Address"
	case observeURL:
		return "URL String"
	case observeFile:
		return "File Name"
	case observeHash:
		return "Hash"
	case observeProcess:
		return "Process Name"
	case observeResource:
		return "Resource UID"
	}
	return ""
}

// observe notes a value, once for each place.
func (w *things) observe(kind observableKind, name, value string) {
	o := observable{kind, name, value}
	if value == "" || w.seen[o] {
		return
	}
	w.seen[o] = true
	w.observables = append(w.observables, o)
}

func (w *things) writeObservables(to object) {
	if len(w.observables) == 0 {
		return
	}
	list := to.PutEmptySlice("observables")
	list.EnsureCapacity(len(w.observables))
	for _, o := range w.observables {
		item := object{list.AppendEmpty().SetEmptyMap()}
		item.PutStr("name", o.name)
		item.word("type", word{int64(o.kind), o.kind.caption()})
		item.PutStr("value", o.value)
	}
}
