package entity

// Sole names a thing that an alert may name exactly one of. Files, addresses,
// processes and the like count when they are evidence: what an evidence only
// mentions is rarely what the alert is about.
type Sole int

// The things an alert may name one of. Image and Parent are the image file and
// the parent of the one process.
const (
	SoleHost Sole = iota
	SoleAccount
	SoleMailbox
	SoleFile
	SoleIP
	SoleURL
	SoleContainer
	SolePod
	SoleProcess
	SoleImage
	SoleParent
	SoleMail
	SoleRegistryKey
	SoleRegistryValue
	SoleSession
	SoleMalware
	solesMax
)

// sole is, for each Sole, the thing that it is; -1 none, several when there
// are more.
type sole [solesMax]int32

const several = -2

// findSole finds the things that the alert names exactly one of.
func (b *builder) findSole() {
	for i := range b.things {
		t := &b.things[i]
		typ := b.typeOf(t)
		if typ == nil || t.into != int32(i) || t.mere || typ.sole < 0 {
			continue
		}
		if slot := &b.sole[typ.sole]; t.evidence || typ.soleMentioned {
			if *slot == -1 {
				*slot = int32(i)
			} else {
				*slot = several
			}
		}
	}
	if process := b.sole[SoleProcess]; process >= 0 {
		b.findSoleProcess(process)
	}
	for _, i := range b.sole {
		if i >= 0 {
			b.things[i].sole = true
		}
	}
}

// findSoleProcess finds the image and parent of the one process.
func (b *builder) findSoleProcess(process int32) {
	for src := b.things[process].first; src >= 0; src = b.sources[src].next {
		from := &b.sources[src]
		for _, r := range b.refs[from.refs:from.refsEnd] {
			switch b.kindAt(from.kind).props[r.prop].Field {
			case fieldImageFile:
				b.sole[SoleImage] = b.root(r.thing)
			case fieldParentProcess:
				b.sole[SoleParent] = b.root(r.thing)
			}
		}
	}
}

// keepSole keeps the entity just written if it is one of the sole things.
func (b *builder) keepSole(i int32, to *Entities) {
	if !b.things[i].sole {
		return
	}
	for slot, thing := range b.sole {
		if thing == i {
			to.sole[slot] = to.fields.span(&b.things[i])
		}
	}
}

// soleOf is the Sole that things of a type are, and whether they are that even
// when they are only mentioned.
func soleOf(typeName string) (s Sole, mentioned bool) {
	switch typeName {
	case "host":
		return SoleHost, true
	case "account":
		return SoleAccount, true
	case "mailbox":
		return SoleMailbox, false
	case "file":
		return SoleFile, false
	case "ip":
		return SoleIP, false
	case "url":
		return SoleURL, false
	case "process":
		return SoleProcess, false
	case "container":
		return SoleContainer, false
	case "kubernetes-pod":
		return SolePod, false
	case "mail-message":
		return SoleMail, false
	case "registry-key":
		return SoleRegistryKey, false
	case "registry-value":
		return SoleRegistryValue, false
	case "host-logon-session", "cloud-logon-session":
		return SoleSession, false
	case "malware":
		return SoleMalware, false
	}
	return -1, false
}
