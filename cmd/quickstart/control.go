package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator/tally"
)

// answerBytesMax bounds what is read of one control answer: a queue of some
// thousand incidents with their alerts.
const answerBytesMax = 1 << 30

// summary is the emulator's GET /control/summary.
type summary struct {
	Incidents                  int `json:"incidents"`
	Alerts                     int `json:"alerts"`
	IncidentRevisions          int `json:"incident_revisions"`
	AlertRevisions             int `json:"alert_revisions"`
	UnwrittenIncidentRevisions int `json:"unwritten_incident_revisions"`
	UnwrittenAlertRevisions    int `json:"unwritten_alert_revisions"`
	SupersededIncidents        int `json:"superseded_incident_revisions"`
	SupersededAlerts           int `json:"superseded_alert_revisions"`
	DuplicateRows              int `json:"duplicate_rows"`
	Streams                    []struct {
		Name     string `json:"name"`
		Rows     int    `json:"rows"`
		Bytes    int64  `json:"bytes"`
		Requests int    `json:"requests"`
	} `json:"streams"`
	Lag struct {
		Count int     `json:"count"`
		P50   float64 `json:"p50_ms"`
		P99   float64 `json:"p99_ms"`
		Max   float64 `json:"max_ms"`
	} `json:"lag"`
	Sentinel []struct {
		Waiting int `json:"waiting"`
	} `json:"sentinel"`
	ARM struct {
		Limits map[string]struct {
			Limit    int `json:"limit"`
			Requests int `json:"requests"`
			Refused  int `json:"refused"`
			Largest  int `json:"largest"`
		} `json:"limits"`
	} `json:"arm"`
}

// unwritten counts revisions that have no row yet.
func (s summary) unwritten() int { return s.UnwrittenIncidentRevisions + s.UnwrittenAlertRevisions }

// raising counts alerts that Sentinel's rule is still about to raise.
func (s summary) raising() int {
	n := 0
	for _, workspace := range s.Sentinel {
		n += workspace.Waiting
	}
	return n
}

// note is one plain line of the scripted life.
type note struct {
	Seq  int       `json:"seq"`
	Time time.Time `json:"time"`
	Text string    `json:"text"`
	Side string    `json:"side"`
	By   string    `json:"by"`
}

// control speaks to the emulator's control port.
type control struct {
	base   string
	client *http.Client
}

func newControl(base string) *control {
	return &control{base: base, client: &http.Client{Timeout: 10 * time.Second}}
}

func (c *control) call(ctx context.Context, method, path, body string, answer any) error {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	resp, err := c.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("%s %s: %s", method, path, resp.Status)
	}
	if answer == nil {
		return nil
	}
	return json.NewDecoder(io.LimitReader(resp.Body, answerBytesMax)).Decode(answer)
}

func (c *control) summary(ctx context.Context) (s summary, err error) {
	err = c.call(ctx, http.MethodGet, "/control/summary", "", &s)
	return s, err
}

func (c *control) notes(ctx context.Context, since int) (n []note, err error) {
	err = c.call(ctx, http.MethodGet, fmt.Sprintf("/control/notes?since=%d", since), "", &n)
	return n, err
}

// writes are those of both services, numbered above since.
func (c *control) writes(ctx context.Context, since uint64) (w []tally.Write, err error) {
	err = c.call(ctx, http.MethodGet, fmt.Sprintf("/control/writes?since=%d", since), "", &w)
	return w, err
}

// queue is what one side holds: defender or sentinel.
func (c *control) queue(ctx context.Context, side string) ([]json.RawMessage, error) {
	var answer struct {
		Value []json.RawMessage `json:"value"`
	}
	err := c.call(ctx, http.MethodGet, "/control/"+side+"/incidents", "", &answer)
	return answer.Value, err
}

func (c *control) pause(ctx context.Context) error {
	return c.call(ctx, http.MethodPost, "/control/scenario", `{"paused":true}`, nil)
}

// waitHealthy returns when the emulator answers, or says why it never will.
func (c *control) waitHealthy(ctx context.Context, emulator *process, timeout time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	for {
		if err := c.call(ctx, http.MethodGet, "/control/health", "", nil); err == nil {
			return nil
		}
		select {
		case <-emulator.done:
			return emulator.unexpectedEnd()
		case <-ctx.Done():
			return fmt.Errorf("emulator did not answer within %s; see %s", timeout, emulator.logPath)
		case <-time.After(50 * time.Millisecond):
		}
	}
}
