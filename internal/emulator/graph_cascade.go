package emulator

import "github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator/rawjson"

// serviceName is who writes when the service itself does.
const serviceName = "Microsoft Defender XDR"

func serviceWriter() writer { return writer{ActorService, serviceName, byCorrelation} }

// changeIncident sets members of an incident and what follows from them.
//
// Resolving an incident resolves its alerts, assigning it assigns them (the
// vendor's page on managing incidents), and its verdict becomes theirs (seen in
// the documented example, where all share one lastUpdateDateTime). Alerts that
// were resolved before stay as they are until the incident is resolved itself.
func (ed *edit) changeIncident(h *history, changes []rawjson.Member) *object {
	o := ed.touch(KindIncident, h)
	for _, m := range changes {
		o.draft.set(m.Name, m.Value)
		h.graded = h.graded || m.Name == "severity"
	}
	resolved := o.draft.hasStatus("resolved")
	var inherited []rawjson.Member
	for _, m := range changes {
		switch m.Name {
		case "assignedTo", "classification", "determination":
			inherited = append(inherited, m)
		case "status":
			if resolved {
				inherited = append(inherited, m)
			}
		}
	}
	if len(inherited) == 0 {
		return o
	}
	for _, alert := range ed.tenant.alertsIn(h) {
		if resolved || !alert.newest().hasStatus("resolved") {
			ed.changeAlert(alert, inherited)
		}
	}
	return o
}

// changeAlert sets members of an alert; one that has these values already is
// not touched. Resolving it notes when, reopening it forgets that.
func (ed *edit) changeAlert(alert *history, changes []rawjson.Member) {
	old, differs := alert.newest(), false
	for _, m := range changes {
		differs = differs || string(old.value(m.Name)) != string(m.Value)
	}
	if !differs {
		return
	}
	d := ed.touch(KindAlert, alert).draft
	for _, m := range changes {
		d.set(m.Name, m.Value)
	}
	switch was, is := old.hasStatus("resolved"), d.hasStatus("resolved"); {
	case is && !was:
		d.set("resolvedDateTime", ed.stamp())
	case was && !is:
		d.set("resolvedDateTime", []byte("null"))
	}
}

// hasStatus tells whether an incident or alert is of this status.
func (d *document) hasStatus(status string) bool {
	value, ok := rawjson.String(d.value("status"))
	return ok && value == status
}

// wroteCascade lists what the edit took along: every object but those that the
// writer named.
func (ed *edit) wroteCascade(named ...*object) {
	for _, o := range ed.touched {
		if !containsObject(named, o) {
			kind := WriteIncident
			if o.kind == KindAlert {
				kind = WriteAlert
			}
			ed.wrote(o, kind, WriteUpdate, serviceWriter())
		}
	}
}

func containsObject(objects []*object, wanted *object) bool {
	for _, o := range objects {
		if o == wanted {
			return true
		}
	}
	return false
}
