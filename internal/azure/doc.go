// Package azure is how every component reaches Microsoft: which hosts and
// scopes make up a cloud, which credential asks for tokens, the pipeline that
// sends requests, and what an error means for the caller.
//
// A component's Config holds a [Config] under the keys cloud, hosts,
// credential, auth and http. In Start it calls [Connect] once and takes from
// the [Connector] one [Client] per tenant (Graph, ARM, Log Analytics) or one for
// all its endpoints (Logs Ingestion). Nothing here touches the network before the
// first request, so Start never fails for a credential, a route or a consent
// that may still heal.
//
// A [Client] sends its token over https to its configured origins and nowhere
// else: another host is refused before a token is asked for, and a redirect is
// an answer, never followed. It never retries; see [ClassOf] for who should.
// The one repetition is after a 401, with a token asked anew.
//
// It is not an API: packages graphapi, sentinelapi and ingestapi know paths and headers.
// Floor 2: it may import floors 0 and 1, azcore, azidentity and the
// collector's configuration packages.
package azure
