package incidentledgerextension

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"go.uber.org/zap"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
)

const (
	// limitDefault and limitMax are how many incidents a page has.
	limitDefault, limitMax = 100, 1000
	// idBytesMax bounds an id that is looked for.
	idBytesMax = 256
	// approveBytesMax bounds the body of an approval.
	approveBytesMax = 4096
)

// api answers the endpoint's requests.
type api struct {
	ledger *ledger.Ledger
	log    *zap.Logger
}

func newAPI(x *ledgerExtension) http.Handler {
	a := &api{ledger: x.Ledger(), log: x.set.Logger}
	mux := http.NewServeMux()
	mux.HandleFunc("/incidents", only(http.MethodGet, a.list))
	mux.HandleFunc("/incidents/{id...}", only(http.MethodGet, a.show))
	mux.HandleFunc("/approve", only(http.MethodPost, a.approve))
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusNotFound, "there are GET /incidents, GET /incidents/{id} and POST /approve")
	})
	return mux
}

func only(method string, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method != method {
			w.Header().Set("Allow", method)
			refuse(w, http.StatusMethodNotAllowed, fmt.Sprintf("%s is asked for by %s, not %s", r.URL.Path, method, r.Method))
			return
		}
		next(w, r)
	}
}

// list shows the open incidents in short, a page at a time.
func (a *api) list(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	limit := limitDefault
	for key, values := range query {
		switch {
		case len(values) != 1 || !slices.Contains([]string{"after", "limit"}, key):
			refuse(w, http.StatusBadRequest, `the query takes "limit" and "after", each once`)
			return
		case key == "limit":
			n, err := strconv.Atoi(values[0])
			if err != nil || n < 1 || n > limitMax {
				refuse(w, http.StatusBadRequest, fmt.Sprintf(`"limit" must be between 1 and %d`, limitMax))
				return
			}
			limit = n
		}
	}
	page := struct {
		Incidents []ledger.Summary `json:"incidents"`
		// Next is what `after` is to be for the next page.
		Next ledger.ID `json:"next,omitempty"`
	}{Incidents: a.ledger.Summaries(ledger.ID(query.Get("after")), limit+1)}
	if len(page.Incidents) > limit {
		page.Incidents = page.Incidents[:limit]
		page.Next = page.Incidents[limit-1].ID
	}
	if page.Incidents == nil {
		page.Incidents = []ledger.Summary{}
	}
	answer(w, http.StatusOK, page)
}

// show explains one incident.
func (a *api) show(w http.ResponseWriter, r *http.Request) {
	id, ok := a.find(w, r, r.PathValue("id"))
	if !ok {
		return
	}
	e, err := a.ledger.Find(r.Context(), id)
	switch {
	case err != nil:
		a.fail(w, err)
	case e == nil:
		refuse(w, http.StatusNotFound, fmt.Sprintf("the ledger has no incident %q", id))
	default:
		answer(w, http.StatusOK, newView(id, e, a.ledger.Settings()))
	}
}

// find is the entry's id that a person means by a ledger id, the number of a
// Defender incident or the name of a Sentinel incident. Else it has answered.
func (a *api) find(w http.ResponseWriter, r *http.Request, text string) (ledger.ID, bool) {
	if text == "" || len(text) > idBytesMax {
		refuse(w, http.StatusBadRequest, "an incident is named by a Defender incident's number, a Sentinel incident's name or an id of GET /incidents")
		return "", false
	}
	if strings.Contains(text, "/") {
		return ledger.ID(text), true
	}
	ids, err := a.ledger.FindIncident(r.Context(), text)
	switch {
	case err != nil:
		a.fail(w, err)
	case len(ids) == 0:
		refuse(w, http.StatusNotFound, fmt.Sprintf("the ledger has no incident %q", text))
	case len(ids) > 1:
		answer(w, http.StatusMultipleChoices, refusal{Error: fmt.Sprintf("%q may be any of these", text), IDs: ids})
	default:
		return ids[0], true
	}
	return "", false
}

// approve lets one held closing through, or all.
func (a *api) approve(w http.ResponseWriter, r *http.Request) {
	var body struct {
		ID  *string `json:"id"`
		All bool    `json:"all"`
	}
	in := json.NewDecoder(http.MaxBytesReader(w, r.Body, approveBytesMax))
	in.DisallowUnknownFields()
	err := in.Decode(&body)
	if err == nil {
		_, err = in.Token()
	}
	if !errors.Is(err, io.EOF) || body.ID == nil == !body.All {
		refuse(w, http.StatusBadRequest, `the body must be {"id": "…"} or {"all": true}`)
		return
	}
	var id ledger.ID
	if body.ID != nil {
		var ok bool
		if id, ok = a.find(w, r, *body.ID); !ok {
			return
		}
	}
	n, err := a.ledger.Approve(r.Context(), id)
	if err != nil {
		a.fail(w, err)
		return
	}
	a.log.Info("held closings approved on the endpoint", zap.String("entry", string(id)), zap.Bool("all", body.All), zap.Int("approved", n))
	answer(w, http.StatusOK, map[string]int{"approved": n})
}

// refusal is every answer that is none.
type refusal struct {
	Error string `json:"error"`
	// IDs are what an ambiguous name may mean.
	IDs []ledger.ID `json:"ids,omitempty"`
}

func refuse(w http.ResponseWriter, status int, why string) { answer(w, status, refusal{Error: why}) }

// fail answers that the ledger did not; why is for the log.
func (a *api) fail(w http.ResponseWriter, err error) {
	a.log.Warn("endpoint could not answer", zap.Error(err))
	refuse(w, http.StatusServiceUnavailable, "the ledger's storage does not answer, see the collector's log")
}

func answer(w http.ResponseWriter, status int, document any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	out := json.NewEncoder(w)
	out.SetIndent("", "  ")
	_ = out.Encode(document) // whoever asked has gone
}
