package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

const (
	headerTimeout = 10 * time.Second
	drainTimeout  = 5 * time.Second // for answers under way when asked to stop
)

// sockets is what run listens on.
type sockets struct {
	services, control net.Listener // TLS and plain
	authority         string       // path of ca.pem
}

// listen opens both ports and writes the authority's certificate.
func listen(ctx context.Context, o options) (*sockets, error) {
	services, err := listenLoopback(ctx, "listen", o.listen)
	if err != nil {
		return nil, err
	}
	s := &sockets{services: services}
	if s.control, err = listenLoopback(ctx, "control", o.control); err != nil {
		s.close()
		return nil, err
	}
	if err := s.secure(o.stateDir); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// secure puts TLS in front of the services and writes ca.pem.
func (s *sockets) secure(dir string) (err error) {
	address, _ := s.services.Addr().(*net.TCPAddr)
	certificate, authority, err := newCertificate(time.Now(), address.IP)
	if err != nil {
		return fmt.Errorf("make certificate: %w", err)
	}
	if dir == "" {
		if dir, err = os.MkdirTemp("", "azemulator-"); err != nil {
			return fmt.Errorf("make state directory: %w", err)
		}
	}
	if s.authority, err = writeAuthority(dir, authority); err != nil {
		return fmt.Errorf("write ca.pem: %w", err)
	}
	s.services = tls.NewListener(s.services, &tls.Config{
		MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{certificate}, NextProtos: []string{"h2", "http/1.1"},
	})
	return nil
}

// listenLoopback resolves an address and opens it, unless any of its addresses
// is not loopback.
func listenLoopback(ctx context.Context, name, address string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("--%s %q: %w", name, address, err)
	}
	if host == "" {
		return nil, fmt.Errorf("--%s %q: name a loopback host: an empty one would listen everywhere", name, address)
	}
	found, err := net.DefaultResolver.LookupIPAddr(ctx, host)
	if err != nil {
		return nil, fmt.Errorf("--%s %q: %w", name, address, err)
	}
	for _, ip := range found {
		if !ip.IP.IsLoopback() {
			return nil, fmt.Errorf("--%s %q: %s is not a loopback address; the emulator serves this machine only", name, address, ip.IP)
		}
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", net.JoinHostPort(found[0].IP.String(), port))
	if err != nil {
		return nil, fmt.Errorf("--%s: %w", name, err)
	}
	return listener, nil
}

// close closes what is still open; a second time does nothing.
func (s *sockets) close() {
	for _, listener := range []net.Listener{s.services, s.control} {
		if listener != nil {
			_ = listener.Close() // closed already after a clean stop
		}
	}
}

// serve answers on both ports and plays the scenario until ctx is done, a
// server breaks or the scenario does.
func (s *sockets) serve(ctx context.Context, e *emulator.Emulator, p *player) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wait sync.WaitGroup
	servers := []*http.Server{newServer(e.Handler()), newServer(e.Control())}
	for i, listener := range []net.Listener{s.services, s.control} {
		wait.Go(func() {
			if err := servers[i].Serve(listener); !errors.Is(err, http.ErrServerClosed) {
				cancel(err)
			}
		})
	}
	wait.Go(func() {
		if err := p.play(ctx); err != nil {
			cancel(err)
		}
	})
	<-ctx.Done()
	drain, stop := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer stop()
	for _, server := range servers {
		if server.Shutdown(drain) != nil {
			_ = server.Close() // whoever still hangs on is cut off
		}
	}
	wait.Wait()
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		return cause
	}
	return nil
}

// newServer drops the server's own log: cut connections are made on purpose.
func newServer(handler http.Handler) *http.Server {
	return &http.Server{Handler: handler, ReadHeaderTimeout: headerTimeout, ErrorLog: log.New(io.Discard, "", 0)}
}
