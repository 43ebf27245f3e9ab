package scenario

import "time"

// story is one kind of attack.
type story struct {
	name string
	tell func(*scene) plot
}

// plot is what a story comes to, besides the alerts drafted on the scene.
type plot struct {
	title   string // the incident's name once all alerts have joined; "" lets it follow the alerts
	summary string
	tags    []string
	truth   verdict // what an analyst finds in the end
	advice  string
}

// verdict is a pair that belongs together by the service's own table.
// Source: MicrosoftDocs/defender-docs defender-xdr/api-update-incidents.md, names as in Graph.
type verdict struct{ classification, determination string }

func truly(determination string) verdict { return verdict{"truePositive", determination} }

// draft is an alert to be: everything but ids and the times of its own life.
type draft struct {
	from                          product
	title, about                  string
	category                      string   // a MITRE tactic, or the product's own word
	also                          []string // further categories
	techniques                    []string
	severity                      string
	threat, family, actor, policy string
	details                       object // customDetails
	first, last                   time.Time
	evidence                      list
}

// scene is where a story is told: the cast, a clock, and the alerts so far. All that happens lies
// before the incident is created.
type scene struct {
	dice
	org     *org
	created time.Time // of the incident
	now     time.Time // of the story
	since   time.Time // when the alert being drafted began
	pid     int64     // the last process id given
	drafts  []draft
}

// scenes last this long at most, so that a story told from its start ends before the incident begins.
const storyLength = 50 * time.Minute

func newScene(d dice, o *org, created time.Time) *scene {
	start := created.Add(-storyLength)
	return &scene{dice: d, org: o, created: created, now: start, since: start, pid: 4 * d.between(700, 1500)}
}

// wait lets some time pass.
func (s *scene) wait(lo, hi time.Duration) { s.now = s.now.Add(s.span(lo, hi)) }

// alert drafts an alert about what happened since the one before.
func (s *scene) alert(d draft, pieces ...object) {
	d.first, d.last = s.since, s.now
	d.evidence = anyList(pieces)
	s.drafts = append(s.drafts, d)
	s.wait(10*time.Second, 3*time.Minute)
	s.since = s.now
}

func (s *scene) someone() *person { return pick(s.dice, s.org.people) }

// colleague is someone else.
func (s *scene) colleague(of *person) *person {
	for {
		if p := s.someone(); p != of {
			return p
		}
	}
}

// desk is a Windows desk with its owner, who is not the administrator.
func (s *scene) desk() *host {
	for {
		if h := pick(s.dice, s.org.desks); h.platform == "Windows11" && h.owner != s.org.admin() {
			return h
		}
	}
}

func (s *scene) attacker() place { return pick(s.dice, places()) }

// stories are all there are, in the order in which every-type tells them.
func stories() []story {
	return []story{
		{"phish", phish},
		{"reported mail", reportedMail},
		{"business email compromise", businessEmail},
		{"Teams phish", teamsPhish},
		{"ransomware", ransomware},
		{"USB worm", usbWorm},
		{"leaked credential", leakedCredential},
		{"domain dominance", domainDominance},
		{"consent abuse", consentAbuse},
		{"insider theft", insiderTheft},
		{"storage exfiltration", storageExfiltration},
		{"container escape", containerEscape},
		{"crypto-miner", cryptoMiner},
		{"build secrets abused", buildSecrets},
		{"IoT takeover", ioTTakeover},
		{"AI agent misuse", agentMisuse},
		{"password spray", passwordSpray},
	}
}
