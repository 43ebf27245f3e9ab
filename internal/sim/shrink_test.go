package sim

import (
	"slices"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

func sortActs(acts []act) {
	slices.SortStableFunc(acts, func(a, b act) int { return int(a.At - b.At) })
}

// shrink looks for a smaller script that fails too: with acts and faults left
// out, halves first, then ever fewer at a time, as long as fails says so and
// tries last.
func shrink(s script, tries int, fails func(script) bool) script {
	for {
		before := len(s.Acts) + len(s.Faults)
		s.Faults = fewer(s.Faults, &tries, func(faults []emulator.Fault) bool {
			t := s
			t.Faults = faults
			return fails(t)
		})
		s.Acts = fewer(s.Acts, &tries, func(acts []act) bool {
			t := s
			t.Acts = acts
			return fails(t)
		})
		if tries <= 0 || len(s.Acts)+len(s.Faults) == before {
			return s
		}
	}
}

// fewer leaves out runs of a list, long ones first.
func fewer[T any](all []T, tries *int, fails func([]T) bool) []T {
	for run := (len(all) + 1) / 2; run > 0; run /= 2 {
		for at := 0; at < len(all) && *tries > 0; {
			*tries--
			rest := slices.Concat(all[:at], all[min(at+run, len(all)):])
			if fails(rest) {
				all = rest
				continue
			}
			at += run
		}
	}
	return all
}
