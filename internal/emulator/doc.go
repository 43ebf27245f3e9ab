// Package emulator is the Azure services this project talks to, in memory: the
// Entra token endpoint, the Graph security API (incidents and alerts of any
// number of tenants), the Logs Ingestion API, Sentinel's incidents over ARM with
// the analytics rule and the query behind them, and a control interface apart
// from them. It exists so that everything can be tried, and broken, on one
// machine without an Azure account.
//
// It is strict where the services are known to be strict, follows the vendor's
// documents where nothing was measured, and misbehaves on demand: a [Plan] names
// faults that come from a seed, so that a bad day can be had again. What is
// chosen here without evidence is said beside the code that chooses it.
//
// It shares no type with the clients, so it can contradict them, and imports
// the standard library only. It starts no goroutine, opens no socket and keeps
// nothing on disk: [Emulator.Handler] and [Emulator.Control] are plain HTTP
// handlers, [Transport] calls either without a network, and everything that
// takes time is worked out from [Settings.Now]. cmd/azemulator puts sockets and
// TLS in front.
//
// Where to look: emulator.go has the settings and the whole; login*.go and
// token.go the sign-in; graph*.go and enums.go the lists and writes of Graph;
// store.go, story.go and document.go what is behind them; ingest*.go, row.go and dcr*.go the way into tables; arm*.go the
// front of ARM and its limits, sentinel*.go the incidents behind it, rule.go and
// loganalytics*.go how rows become alerts and are found; fault*.go the mischief;
// writes.go what was written by whom; control*.go, lag.go and requests.go what a
// person or test sees, page*.go and page/ what is seen in a browser; twin.go which
// incidents stand for one another.
package emulator
