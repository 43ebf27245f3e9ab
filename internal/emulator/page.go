package emulator

import (
	"embed"
	"net/http"
)

// pageFiles are the page of the control port: plain HTML, style and script,
// nothing from elsewhere.
//
//go:embed page/index.html page/page.css page/page.js page/editor.js page/words.js
var pageFiles embed.FS

// pagePolicy lets the page load its own parts and talk to its own origin only.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"

// pageRoutes serves the page: both queues side by side, live, to look at and to
// edit.
func (e *Emulator) pageRoutes(mux *http.ServeMux) {
	for path, file := range map[string][2]string{
		"/{$}":       {"index.html", "text/html; charset=utf-8"},
		"/page.css":  {"page.css", "text/css; charset=utf-8"},
		"/page.js":   {"page.js", "text/javascript; charset=utf-8"},
		"/editor.js": {"editor.js", "text/javascript; charset=utf-8"},
		"/words.js":  {"words.js", "text/javascript; charset=utf-8"},
	} {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
			text, err := pageFiles.ReadFile("page/" + file[0])
			if err != nil {
				refuseControl(w, http.StatusInternalServerError, "%v", err)
				return
			}
			h := w.Header()
			h.Set("Content-Type", file[1])
			h.Set("Content-Security-Policy", pagePolicy)
			h.Set("X-Content-Type-Options", "nosniff")
			h.Set("Cache-Control", "no-cache")
			_, _ = w.Write(text) // a client that has gone away needs no answer
		})
	}
	mux.HandleFunc("GET /control/queues", e.controlQueues)
}
