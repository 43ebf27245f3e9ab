package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// answerBytesMax bounds what is read of one control answer.
const answerBytesMax = 4 << 20

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
}

// note is one plain line of the scripted life.
type note struct {
	Seq  int    `json:"seq"`
	Text string `json:"text"`
}

// control speaks to the emulator's control port.
type control struct {
	base   string
	client *http.Client
}

func newControl(base string) *control {
	return &control{base: base, client: &http.Client{Timeout: 5 * time.Second}}
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

// waitWritten returns the summary once every revision has its row, or the last
// one read when ctx ends first.
func (c *control) waitWritten(ctx context.Context) (summary, error) {
	var last summary
	for {
		s, err := c.summary(ctx)
		if err != nil {
			return last, err
		}
		if last = s; s.UnwrittenIncidentRevisions+s.UnwrittenAlertRevisions == 0 {
			return s, nil
		}
		select {
		case <-ctx.Done():
			return last, nil
		case <-time.After(200 * time.Millisecond):
		}
		if ctx.Err() != nil {
			return last, nil
		}
	}
}
