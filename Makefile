# `make` lists the targets. Each is a line or two; logic goes into Go.
GO       ?= go
TOOL     := $(GO) tool -modfile=tools/go.mod
FOR      ?= 0s
SCENARIO ?= both-ways
SEED     ?= 0
FUZZTIME ?= 30s
LIVES    ?= 1000

# The same flags for tests and for ocb, so that both share one build cache.
export CGO_ENABLED ?= 0
export GOFLAGS     := -buildvcs=false -trimpath
export GOTOOLCHAIN ?= local

SOURCES   := $(shell find cmd exporter extension internal processor receiver -name '*.go' -o -name '*.json' 2>/dev/null) go.mod go.sum
COLLECTOR := dist/otelcol-defender
EMULATOR  := dist/azemulator
RACE      := ./exporter/... ./extension/... ./processor/... ./receiver/... ./internal/azure ./internal/emulator ./internal/state ./internal/sim

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

.PHONY: build
build: $(COLLECTOR) $(EMULATOR) ## build the collector (ocb) and the emulator into dist/

$(COLLECTOR): $(SOURCES) builder-config.yaml tools/go.mod
	@echo "building $(COLLECTOR) (the first time takes some minutes)"
	@$(TOOL) builder --config builder-config.yaml --skip-strict-versioning=false

$(EMULATOR): $(SOURCES)
	@$(GO) build -o $(EMULATOR) ./cmd/azemulator

dist/quickstart: $(SOURCES)
	@$(GO) build -o dist/quickstart ./cmd/quickstart

.PHONY: run
run: build dist/quickstart ## emulator and collector together; FOR=60s ends by itself, SCENARIO= plays another life, LIMITS=1 enforces Sentinel's limits
	@dist/quickstart -for $(FOR) -scenario $(SCENARIO) $(if $(LIMITS),-limits)

.PHONY: fmt
fmt: ## format the code
	$(TOOL) gofumpt -l -w cmd exporter extension internal processor receiver

.PHONY: lint
lint: ## golangci-lint
	$(TOOL) golangci-lint run ./...

.PHONY: test
test: ## everything that matters, within ten minutes
	$(GO) test -timeout 20m ./...

.PHONY: race
race: ## the concurrent packages under the race detector (needs a C compiler)
	CGO_ENABLED=1 $(GO) test -race -short -timeout 20m $(RACE)

.PHONY: e2e
e2e: build dist/quickstart ## the built collector against the emulator, over loopback
	$(GO) test -tags e2e -count=1 -timeout 20m -skip 'Soak|Bench|TestBothWays$$|TestLag|TestNobody' ./internal/sim/...

.PHONY: sim
sim: ## LIVES of both pipelines from seeds (a quarter of a second of a core each); SEED=n plays one alone
	SIMULATIONS=$(LIVES) $(GO) test -count=1 -timeout 5h -v -run 'TestBothWays' ./internal/sim

.PHONY: soak
soak: build ## the long ones: 10,000 incidents under every fault, every order of three edits and a fault
	SOAK=1 $(GO) test -tags e2e -count=1 -timeout 60m -v -run 'Soak|Fifty' ./internal/sim/...
	SOAK=1 $(GO) test -count=1 -timeout 180m -parallel 1 -v -run 'Soak|EveryOrderOfComments' ./internal/ledger

.PHONY: bench
bench: build ## every benchmark with its baseline; see docs/performance.md
	GOMAXPROCS=1 $(GO) test -run '^$$' -bench . -benchmem ./internal/record/... ./internal/graph/... ./internal/entity/... ./internal/ingest/... ./internal/sim/... ./processor/...
	$(GO) test -run '^$$' -bench . -timeout 30m ./internal/ledger
	$(GO) test -tags e2e -count=1 -timeout 30m -v -run 'Bench' ./internal/sim/...

.PHONY: fuzz
fuzz: ## every fuzz target for FUZZTIME
	@for p in $$(grep -rl --include='*_test.go' '^func Fuzz' . | xargs -n1 dirname | sort -u); do \
	  for f in $$(grep -ho '^func Fuzz[A-Za-z0-9_]*' $$p/*_test.go | cut -c6-); do \
	    $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) $$p || exit 1; done; done

.PHONY: golden
golden: ## rewrite the golden files; read the diff before you commit it
	$(GO) test ./internal/entity ./internal/graph ./internal/ingest -run Golden -update

.PHONY: kql
kql: tools/kql/node_modules/.package-lock.json ## every shipped query against the tables' schemas, with Microsoft's language service (needs Node)
	@node tools/kql/check.mjs

tools/kql/node_modules/.package-lock.json: tools/kql/package-lock.json
	@npm ci --prefix tools/kql --silent --no-audit --no-fund && touch $@

.PHONY: generate
generate: ## rewrite what is made from internal/schema, internal/entity, internal/reconcile and deploy/azure/sentinel
	$(GO) test ./internal/template -run TestGenerated -update
	$(GO) test ./internal/reconcile -run TestGenerated -update

.PHONY: tidy
tidy: ## tidy both modules
	$(GO) mod tidy

.PHONY: ci
ci: lint race test kql e2e ## all that must pass, exactly what CI runs

.PHONY: clean
clean: ## remove what was built and what runs left behind
	rm -rf dist .state
