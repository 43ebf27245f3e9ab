package sentinelreceiver

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

func TestWithoutFaultsEachRevisionComesOnceAndIdleBringsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, emulator.Settings{})
		l.put(guids(170)...)
		time.Sleep(time.Hour)
		l.start()
		time.Sleep(time.Minute)
		require.Len(t, l.names(), 170)
		for i := range 20 {
			l.edit(guid(i), fmt.Sprint("edit ", i))
			time.Sleep(7 * time.Second)
		}
		time.Sleep(time.Minute)
		require.Equal(t, 190, l.out.Count())
		l.out.OnlyOnce(t)
		before := len(l.emulator.Requests(0))
		time.Sleep(time.Hour)
		require.Equal(t, 190, l.out.Count(), "an idle workspace was emitted again")
		polls := int(time.Hour / l.config.PollInterval)
		require.LessOrEqual(t, len(l.emulator.Requests(0))-before, 5*polls/2)
	})
}

func TestAKillRepeatsAndLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, emulator.Settings{})
		l.put(guids(10)...)
		l.faults(emulator.Fault{Kind: emulator.FaultTinyPages})
		l.start()
		time.Sleep(time.Second)
		l.kill()
		l.edit(guid(3), "later")
		l.start()
		time.Sleep(time.Minute)
		require.Len(t, l.names(), 10)
		require.Equal(t, 2, l.names()[guid(3)])
		l.out.OnlyOnce(t)
	})
}
