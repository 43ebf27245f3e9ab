package azure

import (
	"context"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
)

const (
	// refreshAhead is how long before its end a token is replaced. azidentity
	// keeps a token until five minutes before; asked a moment earlier it would
	// hand out the same one.
	refreshAhead = 5*time.Minute - time.Second
	// refreshShare is the part of a short life that is kept in hand instead.
	refreshShare = 5
	// refreshPause is the rest after a refresh that went wrong while the old
	// token still serves.
	refreshPause = 30 * time.Second
)

// refreshAt is when to ask for the next token: when the authority says so, else
// refreshAhead before the end, or a fifth of the life if that is shorter.
func refreshAt(token azcore.AccessToken, acquired time.Time) time.Time {
	if !token.RefreshOn.IsZero() && token.RefreshOn.Before(token.ExpiresOn) {
		return token.RefreshOn
	}
	ahead := min(refreshAhead, token.ExpiresOn.Sub(acquired)/refreshShare)
	return token.ExpiresOn.Add(-ahead)
}

// askToken gets a token from whoever has it; claims answer a challenge and are
// usually empty. fresh demands one that is not from a cache.
type askToken func(ctx context.Context, request tokenRequest) (azcore.AccessToken, error)

// tokenRequest says what is special about one acquisition.
type tokenRequest struct {
	claims string // of a challenge, else empty
	fresh  bool   // no cache below may answer
}

// tokenCache keeps one token of one credential and scope. However many
// requests need one, a single flight asks; while the old token serves, only the
// one that asks waits. Safe for concurrent use.
type tokenCache struct {
	ask askToken

	mu      sync.Mutex
	token   azcore.AccessToken
	refresh time.Time // ask again from here on
	flight  *tokenFlight
}

// tokenFlight is one acquisition under way. Its fields are read after done.
type tokenFlight struct {
	done  chan struct{}
	token azcore.AccessToken
	err   error
	off   bool // the one who asked was called off; others may still ask
}

// get is a token that serves now.
func (c *tokenCache) get(ctx context.Context) (string, error) {
	return c.acquire(ctx, "", tokenRequest{})
}

// renew replaces a token that the service rejected. Requests that were rejected
// together share one renewal.
func (c *tokenCache) renew(ctx context.Context, rejected, claims string) (string, error) {
	return c.acquire(ctx, rejected, tokenRequest{claims: claims, fresh: true})
}

func (c *tokenCache) acquire(ctx context.Context, rejected string, request tokenRequest) (string, error) {
	for {
		token, flight, leads := c.board(rejected)
		if token != "" {
			return token, nil
		}
		if leads {
			c.fly(ctx, flight, request)
		}
		select {
		case <-flight.done:
		case <-ctx.Done():
			return "", ctx.Err()
		}
		if flight.err == nil {
			return flight.token.Token, nil
		}
		if leads || !flight.off {
			return "", flight.err
		}
	}
}

// board returns a token that serves, or the flight to wait for and whether the
// caller has to fly it.
func (c *tokenCache) board(rejected string) (token string, flight *tokenFlight, leads bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	if c.token.Token == rejected {
		c.token = azcore.AccessToken{}
	}
	serves := c.token.Token != "" && now.Before(c.token.ExpiresOn)
	if serves && (now.Before(c.refresh) || c.flight != nil) {
		return c.token.Token, nil, false
	}
	if c.flight != nil {
		return "", c.flight, false
	}
	c.flight = &tokenFlight{done: make(chan struct{})}
	return "", c.flight, true
}

// fly asks and lands: the cache holds the new token, or still the old one.
func (c *tokenCache) fly(ctx context.Context, flight *tokenFlight, request tokenRequest) {
	flight.token, flight.err = c.ask(ctx, request)
	flight.off = ctx.Err() != nil
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	switch {
	case flight.err == nil:
		c.token, c.refresh = flight.token, refreshAt(flight.token, now)
	case c.token.Token != "" && now.Before(c.token.ExpiresOn):
		flight.token, flight.err = c.token, nil
		c.refresh = now.Add(refreshPause)
	}
	c.flight = nil
	close(flight.done)
}
