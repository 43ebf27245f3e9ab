package incidentledgerextension

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/config/confignet"
	"go.uber.org/zap"
)

// server is the endpoint while it listens.
type server struct {
	http   *http.Server
	at     net.Addr
	served chan struct{}
}

// serve listens, and answers until shutdown.
func serve(ctx context.Context, host component.Host, x *ledgerExtension) (*server, error) {
	config := x.config.Server
	listener, err := config.ToListener(ctx)
	if err != nil {
		return nil, fmt.Errorf(`listen on "endpoint" %s: %w`, config.NetAddr.Endpoint, err)
	}
	s := &server{at: listener.Addr(), served: make(chan struct{})}
	s.http, err = config.ToServer(ctx, host.GetExtensions(), x.set.TelemetrySettings, newAPI(x), confighttp.WithErrorHandler(refuseEarly))
	if err != nil {
		return nil, errors.Join(fmt.Errorf(`make "endpoint": %w`, err), listener.Close())
	}
	onlyNames := x.config.local() && !config.Auth.HasValue() && config.NetAddr.Transport != confignet.TransportTypeUnix
	s.http.Handler = guard(s.http.Handler, onlyNames)
	go func() {
		defer close(s.served)
		if err := s.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			x.set.Logger.Error("endpoint ended; the ledger goes on without it", zap.Error(err))
			componentstatus.ReportStatus(host, componentstatus.NewRecoverableErrorEvent(fmt.Errorf("the endpoint ended, restart the collector to have it again: %w", err)))
		}
	}()
	x.set.Logger.Info("endpoint explains and approves", zap.Stringer("address", s.at))
	return s, nil
}

// shutdown ends the endpoint: requests under way are answered, or cut off when
// ctx ends.
func (s *server) shutdown(ctx context.Context) error {
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = errors.Join(err, s.http.Close())
	}
	<-s.served
	return err
}

// headers are on every answer: it is data for one reader, nothing to show, keep
// or frame.
var headers = map[string]string{
	"Cache-Control":                "no-store",
	"Content-Security-Policy":      "default-src 'none'; frame-ancestors 'none'",
	"Cross-Origin-Resource-Policy": "same-origin",
	"Referrer-Policy":              "no-referrer",
	"X-Content-Type-Options":       "nosniff",
}

// guard keeps pages of other origins, opened in the browser of somebody who may
// ask, from asking in their name. onlyLoopback refuses names that merely lead
// to loopback.
func guard(next http.Handler, onlyLoopback bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for key, value := range headers {
			w.Header().Set(key, value)
		}
		switch {
		case onlyLoopback && !isLoopback(hostOf(r.Host)):
			refuse(w, http.StatusMisdirectedRequest, `without "auth" the endpoint answers to localhost, 127.0.0.1 and [::1] only`)
		case foreign(r):
			refuse(w, http.StatusForbidden, "requests of pages of another origin are refused")
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func hostOf(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		return host
	}
	return hostport
}

// foreign reports whether a browser says that a page of another origin asks.
func foreign(r *http.Request) bool {
	if origin := r.Header.Get("Origin"); origin != "" {
		from, err := url.Parse(origin)
		return err != nil || from.Host != r.Host
	}
	site := r.Header.Get("Sec-Fetch-Site")
	return site == "cross-site" || site == "same-site"
}

// refuseEarly answers what confighttp refuses before it reaches us.
func refuseEarly(w http.ResponseWriter, _ *http.Request, _ string, status int) {
	refuse(w, status, http.StatusText(status))
}
