package entity

func none() Sole {
	return Sole{
		Host: -1, Account: -1, Mailbox: -1, File: -1, IP: -1, URL: -1, Container: -1, Pod: -1,
		Process: -1, Image: -1, Parent: -1,
	}
}

// several marks a kind of which more than one was met while counting.
const several = -2

// sole finds the things that the alert names exactly one of. Files, addresses
// and processes count when they are evidence: what an evidence mentions is
// rarely what the alert is about.
func (b *builder) sole() Sole {
	s := none()
	process := int32(-1)
	for i := range b.things {
		t := &b.things[i]
		if t.at < 0 || t.typ == nil {
			continue
		}
		if slot := s.slot(t.typ.Name, t.evidence); slot != nil {
			if *slot == -1 {
				*slot = int(t.at)
			} else {
				*slot = several
			}
			if slot == &s.Process {
				process = int32(i)
			}
		}
	}
	for _, slot := range []*int{&s.Host, &s.Account, &s.Mailbox, &s.File, &s.IP, &s.URL, &s.Container, &s.Pod, &s.Process} {
		*slot = max(*slot, -1)
	}
	if s.Process >= 0 {
		b.soleProcess(&s, process)
	}
	return s
}

// slot is where a thing of that type counts; nil when it does not.
func (s *Sole) slot(typeName string, evidence bool) *int {
	switch typeName {
	case "host":
		return &s.Host
	case "account":
		return &s.Account
	}
	if !evidence {
		return nil
	}
	switch typeName {
	case "mailbox":
		return &s.Mailbox
	case "file":
		return &s.File
	case "ip":
		return &s.IP
	case "url":
		return &s.URL
	case "process":
		return &s.Process
	case "container":
		return &s.Container
	case "kubernetes-pod":
		return &s.Pod
	}
	return nil
}

// soleProcess finds the image and parent of the one process.
func (b *builder) soleProcess(s *Sole, process int32) {
	for src := b.things[process].first; src >= 0; src = b.sources[src].next {
		from := &b.sources[src]
		for _, r := range b.refs[from.refs:from.refsEnd] {
			at := int(b.things[b.root(r.thing)].at)
			switch from.kind.props[r.prop].Field {
			case "ImageFile":
				s.Image = at
			case "ParentProcess":
				s.Parent = at
			}
		}
	}
}
