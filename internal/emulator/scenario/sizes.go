package scenario

import (
	"fmt"
	"time"
)

// bulk is one size of incident: so many alerts, each with so many pieces of evidence, each process
// among them with a command line of so many characters.
type bulk struct {
	alerts, evidence, command int
}

// bulks are the sizes in turn: the edges where clients and tables are known to break.
func bulks() []bulk {
	return []bulk{
		{alerts: 1, evidence: 400, command: 6800},  // one alert of 3 MB
		{alerts: 400, evidence: 6, command: 120},   // expand answers 500 for such an incident
		{alerts: 150, evidence: 8, command: 120},   // as many as a Sentinel incident can hold
		{alerts: 151, evidence: 3, command: 80},    // one more
		{alerts: 2, evidence: 30, command: 70_000}, // values longer than a column of a table holds
		{alerts: 12, evidence: 100, command: 900},  // each alert longer than a column holds, no value of it
		{alerts: 1, evidence: 2, command: 20},      // a small one among them
		{alerts: 1000, evidence: 2, command: 60},
	}
}

// playSizes opens one incident a second, each whole at once.
func playSizes(st *stage) {
	all := bulks()
	at := st.settings.Start
	for !st.quit && !st.enough(sizesIncidents) {
		at = st.snap(at.Add(time.Second))
		b := all[st.made%len(all)]
		t := st.beginStory(b.tell, at)
		st.emit(at, t, t.opened(at, b.alerts))
	}
}

// tell is the story of a host on which one thing runs again and again.
func (b bulk) tell(s *scene) plot {
	server := s.org.servers[3]
	agent := s.spawn(s.service(server), server, system(), binary{name: "buildagent.exe", folder: `C:\agent\bin`, size: 1048576, publisher: "Contoso Build"}, `C:\agent\bin\buildagent.exe --daemon`)
	began, end := s.now, s.created.Add(-time.Minute)
	step := (end.Sub(began) / time.Duration(b.alerts*b.evidence+b.alerts)).Truncate(100)
	for n := range b.alerts {
		pieces := []object{s.device(server)}
		for len(pieces) < b.evidence {
			s.now = s.now.Add(step)
			pieces = append(pieces, suspicious(b.piece(s, agent, len(pieces))))
		}
		s.now = s.now.Add(step)
		s.drafts = append(s.drafts, draft{
			from: endpoint(), title: fmt.Sprintf("Anomalous child processes of a build agent (%d)", n+1), severity: pick(s.dice, []string{"low", "medium"}),
			about: "The agent starts far more programs than before.", category: "Execution", techniques: []string{"T1059.001"},
			first: s.since, last: s.now, evidence: anyList(pieces),
		})
		s.since = s.now
	}
	return plot{
		title: "", summary: "A build agent runs wild.", tags: []string{"Noise"},
		truth: verdict{"informationalExpectedActivity", "lineOfBusinessApplication"}, advice: "Tune the rule.",
	}
}

func (b bulk) piece(s *scene, agent *proc, n int) object {
	if n%10 == 9 {
		return s.file(binary{name: "artifact" + s.hex(6) + ".dll", folder: `C:\agent\work`, size: s.between(1000, 9_000_000)}, agent.on)
	}
	s.pid += 4 * s.between(1, 9)
	return s.process(&proc{
		image: windows("powershell.exe", 454656), command: "powershell.exe -enc " + s.letters(b.command, base64Set),
		pid: s.pid, started: s.now, parent: agent, on: agent.on, as: system(),
	})
}

func anyList(pieces []object) list {
	out := make(list, len(pieces))
	for i, p := range pieces {
		out[i] = p
	}
	return out
}
