package azure

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/stretchr/testify/require"
)

func TestATokenIsReplacedInTime(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name    string
		expires time.Duration
		refresh time.Duration
		want    time.Duration
	}{
		{"an hour: just under five minutes before", time.Hour, 0, 55*time.Minute + time.Second},
		{"a day, and the authority says half of it", 24 * time.Hour, 12 * time.Hour, 12 * time.Hour},
		{"the authority says after the end: not believed", time.Hour, 2 * time.Hour, 55*time.Minute + time.Second},
		{"a minute: a fifth before", time.Minute, 0, 48 * time.Second},
		{"already over: at once", 0, 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			token := azcore.AccessToken{ExpiresOn: now.Add(tt.expires)}
			if tt.refresh != 0 {
				token.RefreshOn = now.Add(tt.refresh)
			}
			require.Equal(t, now.Add(tt.want), refreshAt(token, now))
		})
	}
}

// clerk gives out numbered tokens.
type clerk struct {
	life  time.Duration
	takes time.Duration
	fails error
	calls atomic.Int64
	last  tokenRequest
}

func (c *clerk) ask(ctx context.Context, request tokenRequest) (azcore.AccessToken, error) {
	n := c.calls.Add(1)
	c.last = request
	select {
	case <-time.After(c.takes):
	case <-ctx.Done():
		return azcore.AccessToken{}, ctx.Err()
	}
	if c.fails != nil {
		return azcore.AccessToken{}, c.fails
	}
	return azcore.AccessToken{Token: fmt.Sprintf("t%d", n), ExpiresOn: time.Now().Add(c.life)}, nil
}

// tokenAnswer is what get or renew returned, for goroutines that may not judge it.
type tokenAnswer struct {
	token string
	err   error
}

// later asks in a goroutine of its own.
func later(ask func() (string, error)) <-chan tokenAnswer {
	answers := make(chan tokenAnswer, 1)
	go func() {
		token, err := ask()
		answers <- tokenAnswer{token, err}
	}()
	return answers
}

func requireToken(t *testing.T, cache *tokenCache, want string) {
	t.Helper()
	token, err := cache.get(t.Context())
	require.NoError(t, err)
	require.Equal(t, want, token)
}

func TestOneTokenServesUntilItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &clerk{life: time.Hour}
		cache := &tokenCache{ask: c.ask}
		requireToken(t, cache, "t1")
		time.Sleep(time.Hour - refreshAhead - time.Nanosecond)
		requireToken(t, cache, "t1")
		time.Sleep(time.Nanosecond)
		requireToken(t, cache, "t2")
		require.EqualValues(t, 2, c.calls.Load())
	})
}

func TestHoweverManyNeedATokenOneAsks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &clerk{life: time.Hour, takes: time.Second}
		cache := &tokenCache{ask: c.ask}
		var answers []<-chan tokenAnswer
		for range 50 {
			answers = append(answers, later(func() (string, error) { return cache.get(t.Context()) }))
		}
		for _, answer := range answers {
			require.Equal(t, tokenAnswer{token: "t1"}, <-answer)
		}
		require.EqualValues(t, 1, c.calls.Load())
	})
}

func TestTheOldTokenServesWhileTheNextIsFetched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &clerk{life: time.Hour, takes: time.Second}
		cache := &tokenCache{ask: c.ask}
		requireToken(t, cache, "t1")
		time.Sleep(56 * time.Minute)
		next := later(func() (string, error) { return cache.get(t.Context()) })
		synctest.Wait()
		began := time.Now()
		requireToken(t, cache, "t1")
		require.Zero(t, time.Since(began), "nobody waits for a refresh ahead of time")
		require.Equal(t, tokenAnswer{token: "t2"}, <-next)
		requireToken(t, cache, "t2")
	})
}

func TestAFailedRefreshKeepsTheOldTokenAndPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &clerk{life: time.Hour}
		cache := &tokenCache{ask: c.ask}
		requireToken(t, cache, "t1")
		c.fails = errors.New("entra is down")
		time.Sleep(56 * time.Minute)
		for range 10 {
			requireToken(t, cache, "t1")
		}
		require.EqualValues(t, 2, c.calls.Load(), "asked once, then a pause")
		time.Sleep(refreshPause)
		requireToken(t, cache, "t1")
		require.EqualValues(t, 3, c.calls.Load())
		time.Sleep(5 * time.Minute)
		_, err := cache.get(t.Context())
		require.ErrorIs(t, err, c.fails, "its life is over")
		c.fails = nil
		requireToken(t, cache, "t5")
	})
}

func TestWhoWaitsForAFailureGetsItToo(t *testing.T) {
	for _, failure := range []error{errors.New("wrong secret"), context.DeadlineExceeded} {
		t.Run(failure.Error(), func(t *testing.T) { waitTogether(t, failure) })
	}
}

func waitTogether(t *testing.T, failure error) {
	synctest.Test(t, func(t *testing.T) {
		c := &clerk{takes: time.Second, fails: failure}
		cache := &tokenCache{ask: c.ask}
		var answers []<-chan tokenAnswer
		for range 10 {
			answers = append(answers, later(func() (string, error) { return cache.get(t.Context()) }))
		}
		for _, answer := range answers {
			require.ErrorIs(t, (<-answer).err, c.fails)
		}
		require.EqualValues(t, 1, c.calls.Load(), "what fails is not tried ten times")
	})
}

func TestACancelledAskerDoesNotTakeOthersAlong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &clerk{life: time.Hour, takes: time.Minute}
		cache := &tokenCache{ask: c.ask}
		ctx, cancel := context.WithCancel(t.Context())
		first := later(func() (string, error) { return cache.get(ctx) })
		synctest.Wait()
		second := later(func() (string, error) { return cache.get(t.Context()) })
		synctest.Wait()
		cancel()
		require.ErrorIs(t, (<-first).err, context.Canceled)
		require.Equal(t, tokenAnswer{token: "t2"}, <-second)
	})
}

func TestAWaiterMayLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &clerk{life: time.Hour, takes: time.Minute}
		cache := &tokenCache{ask: c.ask}
		first := later(func() (string, error) { return cache.get(t.Context()) })
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := cache.get(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, tokenAnswer{token: "t1"}, <-first)
	})
}

func TestARejectedTokenIsRenewedOnceForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &clerk{life: time.Hour, takes: time.Second}
		cache := &tokenCache{ask: c.ask}
		requireToken(t, cache, "t1")
		var answers []<-chan tokenAnswer
		for range 10 {
			answers = append(answers, later(func() (string, error) { return cache.renew(t.Context(), "t1", "claims") }))
		}
		for _, answer := range answers {
			require.Equal(t, tokenAnswer{token: "t2"}, <-answer)
		}
		require.EqualValues(t, 2, c.calls.Load())
		require.Equal(t, tokenRequest{claims: "claims", fresh: true}, c.last)
		token, err := cache.renew(t.Context(), "t1", "")
		require.NoError(t, err)
		require.Equal(t, "t2", token, "it was renewed since")
	})
}
