package emulator

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator/rawjson"
)

// incidentLink names a Defender incident.
type incidentLink struct {
	Tenant string `json:"tenant"`
	ID     string `json:"id"`
}

// linkLabel begins the label by which a Sentinel incident names the Defender
// incident it stands for, to people: defender:4711@tenant. The page and the
// scenarios believe it; the sync must not.
const linkLabel = "defender:"

// linkOf is the Defender incident that a Sentinel incident says it stands for;
// without an id when it says nothing of the kind. What Microsoft's own sync
// brought is of the workspace's own tenant.
func (w *workspace) linkOf(i *sentinelIncident) incidentLink {
	if i.providerName == providerXDR || i.providerName == providerConnector {
		return incidentLink{w.TenantID, i.providerID}
	}
	for _, label := range i.Labels {
		said, ok := strings.CutPrefix(label.Name, linkLabel)
		id, tenantID, _ := strings.Cut(said, "@")
		if ok && isNumber(id) && isGUID(tenantID) {
			return incidentLink{lower(tenantID), id}
		}
	}
	return incidentLink{}
}

func isNumber(text string) bool {
	return text != "" && len(text) < 20 && strings.Trim(text, "0123456789") == ""
}

// twinIndex finds the Sentinel incidents that said at some time that they stand
// for a Defender incident.
type twinIndex map[incidentLink][]*sentinelHistory

// add enters an incident under the link that it has now.
func (x twinIndex) add(link incidentLink, h *sentinelHistory) {
	if link.ID != "" && !slices.Contains(x[link], h) {
		x[link] = append(x[link], h)
	}
}

// twinLocked finds the Sentinel incident that stands for a Defender incident:
// in the first workspace that has one, or nothing.
func (e *Emulator) twinLocked(link incidentLink) (*workspace, *sentinelIncident) {
	for _, w := range e.workspaces.order {
		e.catchUpLocked(w)
		for _, h := range w.twins[link] {
			if i := h.newest(); !i.deleted && w.linkOf(i) == link {
				return w, i
			}
		}
	}
	return nil, nil
}

// EditTwin changes the Sentinel incident that stands for a Defender incident, as
// [Emulator.EditSentinel] does; addTags and removeTags change the set of labels
// that is there. It returns false when Sentinel has none, or has none yet.
func (e *Emulator) EditTwin(tenantID, id, by string, change []byte) (bool, error) {
	e.mu.Lock()
	w, twin := e.twinLocked(incidentLink{lower(tenantID), id})
	e.mu.Unlock()
	if twin == nil {
		return false, nil
	}
	members, bad := bodyMembers(change)
	if bad == nil {
		members, bad = twin.tagged(members)
	}
	if bad != nil {
		return true, fmt.Errorf("edit incident %q: %w", twin.name, bad)
	}
	return true, e.EditSentinel(w.ResourceID, twin.name, by, objectOf(members))
}

// tagged turns addTags and removeTags into the labels that come of them.
func (i *sentinelIncident) tagged(given []rawjson.Member) (members []rawjson.Member, bad *errQuery) {
	var add, remove []string
	for _, m := range given {
		switch m.Name {
		case "addTags":
			add, bad = textsOf(m)
		case "removeTags":
			remove, bad = textsOf(m)
		default:
			members = append(members, m)
		}
		if bad != nil {
			return nil, bad
		}
	}
	if add == nil && remove == nil {
		return members, nil
	}
	var names []string
	types := map[string]string{}
	for _, label := range i.Labels {
		names, types[label.Name] = append(names, label.Name), label.Type
	}
	labels := []sentinelLabel{}
	for _, name := range changeTags(names, add, remove) {
		if types[name] == "" {
			types[name] = labelUser
		}
		labels = append(labels, sentinelLabel{Name: name, Type: types[name]})
	}
	return append(members, rawjson.Member{Name: "labels", Value: plainJSON(labels)}), nil
}

// objectOf writes members as an object.
func objectOf(members []rawjson.Member) []byte {
	text := []byte{'{'}
	for i, m := range members {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(append(append(text, rawjson.Quote(m.Name)...), ':'), m.Value...)
	}
	return append(text, '}')
}
