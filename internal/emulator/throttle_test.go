package emulator_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

func TestGraphLimitHoldsInAnyMinute(t *testing.T) {
	l := newLab(t, emulator.Settings{GraphRPM: 60})
	for i := range 600 { // evenly spread, at exactly the limit
		if status := l.get(incidents).status; status != 200 {
			t.Fatalf("request %d of an even stream: %d", i, status)
		}
		l.now = l.now.Add(time.Second)
	}
	l.now = l.now.Add(time.Minute)
	for range 60 {
		l.equal("a burst up to the limit", l.get(incidents).status, 200)
	}
	l.now = l.now.Add(10 * time.Second)
	a := l.get(incidents)
	l.equal("one more", a.status, 429)
	seconds, err := strconv.Atoi(a.header.Get("Retry-After"))
	if err != nil || seconds != 50 {
		t.Errorf("Retry-After %q, want 50", a.header.Get("Retry-After"))
	}
	l.equal("another tenant", l.getAs("00000000-0000-4000-8000-00000000000b", incidents).status, 200)
	l.now = l.now.Add(50 * time.Second)
	l.equal("after the wait", l.get(incidents).status, 200)
}

func TestThrottledCallsCountToo(t *testing.T) {
	l := newLab(t, emulator.Settings{GraphRPM: 2})
	for range 2 {
		l.equal("within", l.get(incidents).status, 200)
	}
	for range 20 { // every ten seconds without ever waiting
		l.now = l.now.Add(10 * time.Second)
		l.equal("who never waits never gets in", l.get(incidents).status, 429)
	}
	l.now = l.now.Add(time.Minute)
	l.equal("who waits does", l.get(incidents).status, 200)
	l.equal("sign-in has no limit", l.form(emulator.DefaultTenant, secretForm(graphScope)).status, 200)
}
