package ledger

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/reconcile"
)

const fillWorkspace = "/subscriptions/0b6f1c52-9a4e-5d17-8e63-2f7041d8a935/resourcegroups/soc/providers/microsoft.operationalinsights/workspaces/soc"

var words = strings.Fields("multi-stage incident involving credential access and persistence on multiple endpoints reported by sources suspicious sign-in from unusual location malware detected one host phishing email delivered user clicked through ransomware activity lateral movement using remote services command control beacon exfiltration cloud storage impossible travel anonymous ip address password spray token replay mailbox forwarding rule created")

func phrase(r *rand.Rand, n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(words[r.IntN(len(words))])
	}
	return b.String()
}

func guid(r *rand.Rand) string {
	var u uuid.UUID
	for i := range u {
		u[i] = byte(r.Uint32())
	}
	return u.String()
}

// lifelike is a closed entry as a day's work leaves it, each other than the
// others: what is drawn compresses as badly as what services and people write.
func lifelike(n int) *Entry {
	r := rand.New(rand.NewPCG(uint64(n), 1))
	at := time.Unix(1_780_000_000+int64(n)*15, r.Int64N(1e9)/100*100).UTC()
	e := NewEntry(lifelikeLink(n), fillWorkspace, at)
	title, description := incident.Value(phrase(r, 8)+" on host-"+strconv.Itoa(r.IntN(100000))), incident.Value(phrase(r, 40))
	owner := incident.Value(fmt.Sprintf("analyst%d@contoso%d.com", r.IntN(40), n%100))
	var d, s incident.Values
	d = incident.Values{"resolved", "truePositive/malware", owner, "high", "tag1\x1ftag" + incident.Value(strconv.Itoa(r.IntN(100))), title, description}
	s = incident.Values{"Closed", "TruePositive/SuspiciousActivity", owner, "High", d[4], title, description}
	for side, v := range [][incident.FieldCount]incident.Value{d, s} {
		o := &e.Sides[side]
		o.Known, o.Values, o.OwnRead, o.ReadAt = true, v, 14, at.Add(3*time.Hour)
		o.Revision = at.Add(time.Hour + time.Duration(r.Int64N(3600e9)/100*100))
		for f := range o.Stamps {
			o.Stamps[f] = at
			if f < 3 {
				o.Stamps[f] = at.Add(time.Duration(r.Int64N(3600e9) / 100 * 100))
			}
			o.Since[f] = uint64(r.IntN(14))
		}
	}
	e.Sides[0].URL = "https://security.microsoft.com/incidents/" + e.Link.IncidentID + "?tid=" + e.Link.TenantID
	e.Sides[1].Etag = `"` + guid(r) + `"`
	e.Sides[1].URL = "https://portal.azure.com/#asset/Microsoft_Azure_Security_Insights/Incident" + fillWorkspace + "/providers/Microsoft.SecurityInsights/Incidents/" + e.SentinelName()
	e.Seq = 14
	for f := range e.Base {
		e.Base[f] = &reconcile.Pair{d[f], s[f]}
	}
	for range 3 {
		id := "da" + strconv.FormatInt(r.Int64N(1e18), 10) + "_" + strconv.Itoa(r.IntN(1e9))
		e.ObserveAlerts([]string{id})
		e.AlertRelated(id, at.Add(time.Duration(r.Int64N(600e9))))
	}
	for range 4 {
		e.Comments.finish(guid(r))
	}
	e.Comments.ReadAt = [2]time.Time{at, at}
	for i := range 8 {
		f := incident.Field(r.IntN(3))
		e.decide(Decision{
			At: at.Add(time.Duration(i)*time.Minute + time.Duration(r.Int64N(60e9))), Field: f.String(), Defender: d[f], Sentinel: s[f], Base: e.Base[f],
			Rule: "edit", Side: "sentinel", Value: s[f], Result: ResultWritten,
		})
	}
	e.ClosedAt = at.Add(2 * time.Hour)
	return e
}

// lifelikeLink is one of a hundred tenants' incidents.
func lifelikeLink(n int) incident.Link {
	return incident.Link{Cloud: "public", TenantID: fmt.Sprintf("%08d-0000-4000-8000-000000000001", n%100), IncidentID: strconv.Itoa(n + 1)}
}

// reopened is a lifelike entry that is open, with work for Sentinel's writer.
func reopened(n int) *Entry {
	e := lifelike(n)
	e.ClosedAt = time.Time{}
	e.Sides[incident.SideDefender].Values[incident.FieldStatus] = incident.DefenderActive
	return e
}
