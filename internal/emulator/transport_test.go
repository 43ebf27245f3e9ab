package emulator_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

func TestTransportLooksLikeAServer(t *testing.T) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || string(body) != "ping" || r.Host != "h.example" || r.URL.Host != "" || r.TLS == nil || r.RequestURI != "/a?b=c" {
			t.Errorf("request %s %s %q %v", r.Host, r.RequestURI, body, err)
		}
		w.Header().Set("X-Sent", "1")
		w.WriteHeader(http.StatusTeapot)
		w.Header().Set("X-Late", "1")
		_, _ = io.WriteString(w, "pong")
	})
	client := &http.Client{Transport: emulator.Transport(handler)}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://h.example/a?b=c", strings.NewReader("ping"))
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(response.Body)
	if err != nil || string(text) != "pong" || response.StatusCode != http.StatusTeapot || response.ContentLength != 4 ||
		response.Header.Get("X-Sent") != "1" || response.Header.Get("X-Late") != "" || response.Request.URL.Host != "h.example" {
		t.Errorf("answer %v %q %v", response, text, err)
	}
}

func TestTransportObeysTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, emulator.Settings{Now: time.Now})
		l.token(emulator.DefaultTenant, graphScope)
		l.faults(emulator.Fault{Kind: emulator.FaultSlow, Delay: emulator.Duration(time.Minute)})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		for _, want := range []time.Duration{time.Second, 0} {
			start := time.Now()
			request, err := http.NewRequestWithContext(ctx, http.MethodGet, base+incidents, nil)
			if err != nil {
				t.Fatal(err)
			}
			_, err = emulator.NewTransport(l.e).RoundTrip(request)
			if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != want {
				t.Errorf("after %v: %v", time.Since(start), err)
			}
		}
	})
}

func TestCutConnectionsOverARealSocket(t *testing.T) {
	l := newLab(t, emulator.Settings{Now: time.Now})
	server := httptest.NewUnstartedServer(l.e.Handler())
	server.Config.ErrorLog = nil
	server.StartTLS()
	defer server.Close()
	fill(l, 50)
	l.token(emulator.DefaultTenant, graphScope)
	get := func() (string, error) {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+incidents, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+l.token(emulator.DefaultTenant, graphScope))
		response, err := server.Client().Do(request)
		if err != nil {
			return "", err
		}
		defer func() { _ = response.Body.Close() }()
		text, err := io.ReadAll(response.Body)
		return string(text), err
	}
	text, err := get()
	if err != nil || !strings.HasSuffix(text, "]}") || !strings.HasPrefix(text, `{"@odata.context":"`+server.URL) {
		t.Fatalf("whole: %v %.80q", err, text)
	}
	l.faults(emulator.Fault{Kind: emulator.FaultCut, Bytes: 100})
	if _, err := get(); err == nil {
		t.Error("cut in the body: no error")
	}
	l.faults(emulator.Fault{Kind: emulator.FaultCut})
	if _, err := get(); err == nil {
		t.Error("cut before the answer: no error")
	}
}
