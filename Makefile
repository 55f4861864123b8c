# The commands of this repository; CI runs `make lint` and `make test`.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VENV := target/tools/venv
NODE := target/tools/node
# Workspaces with a lock file of their own.
SIDES := $(patsubst %/Cargo.toml,%,$(wildcard examples/Cargo.toml tests/benches/Cargo.toml tests/fuzz/Cargo.toml))
FUZZ_SECONDS ?= 10

.PHONY: help
help: ## says what there is
	@sed -nE 's/^([a-z-]+):.*## (.*)/make \1\t\2/p' Makefile | expand -t 20

.PHONY: lint
lint: fmt-check locks rows clippy doc typos deny package ## everything that can be said without running the code

.PHONY: test
test: test-tools unit instructions examples readme fuzz-smoke ## every test; installs what it needs

.PHONY: bench
bench: ## measures; figures are in docs/BENCHMARKS.md
	tests/benches/run.sh -o docs/BENCHMARKS.md

.PHONY: long
long: ## the long runs, an hour at most each: make long PART=soak; without PART, names them
	@tests/long/run.sh $(PART)

# Parts of lint.

.PHONY: fmt
fmt: ## formats all workspaces
	@for workspace in . $(SIDES); do cargo fmt --manifest-path $$workspace/Cargo.toml --all; done

.PHONY: fmt-check
fmt-check:
	@for workspace in . $(SIDES); do cargo fmt --manifest-path $$workspace/Cargo.toml --all --check; done

.PHONY: locks
locks:
	@for workspace in . $(SIDES); do \
		cargo update --quiet --workspace --locked --manifest-path $$workspace/Cargo.toml; \
	done

.PHONY: rows
rows:
	@python3 .ci/trace.py

.PHONY: clippy
clippy:
	.ci/clippy.sh

.PHONY: doc
doc:
	RUSTDOCFLAGS="-D warnings" cargo doc --quiet --workspace --all-features --no-deps --locked

.PHONY: typos
typos: $(VENV)/installed
	$(VENV)/bin/typos

.PHONY: deny
deny: $(VENV)/installed
	.ci/deny.sh

.PHONY: package
package:
	cargo package --quiet --workspace --locked --no-verify --allow-dirty

# Parts of test.

.PHONY: test-tools
test-tools: $(VENV)/installed $(NODE)/installed

$(VENV)/installed: .ci/requirements.txt tests/requirements.txt scripts/install-test-tools.sh
	scripts/install-test-tools.sh
	python3 -m venv --clear $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --requirement .ci/requirements.txt
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --no-deps --requirement tests/requirements.txt
	touch $@

$(NODE)/installed: tests/node/package.json tests/node/package-lock.json scripts/install-test-tools.sh
	scripts/install-test-tools.sh
	mkdir -p $(NODE)
	cp tests/node/package.json tests/node/package-lock.json $(NODE)
	npm ci --prefix $(NODE) --ignore-scripts --no-audit --no-fund --silent
	touch $@

.PHONY: unit
unit: export EMPRESS_LOAD_SECONDS := 120
# `cargo test` builds it before any test runs.
unit: export EMPRESS_PROGRAM := $(abspath $(or $(CARGO_TARGET_DIR),target))/debug/empress-auth
unit:
	cargo test --workspace --all-features --locked

.PHONY: instructions
instructions:
	tests/counts/instructions.sh

.PHONY: examples
examples:
	@if [ -f examples/Cargo.toml ]; then \
		cargo build --manifest-path examples/Cargo.toml --workspace --all-targets --locked; \
	fi
	@if [ -f examples/run.sh ]; then examples/run.sh; fi

.PHONY: readme
readme:
	@if [ -f README.md ]; then \
		python3 .ci/readme_commands.py README.md >target/readme.sh; \
		bash -euo pipefail target/readme.sh; \
	fi

.PHONY: fuzz-smoke
fuzz-smoke: test-tools ## 10 s of fuzzing a target; FUZZ_SECONDS=n for longer
	@for target in $$(tests/fuzz/run.sh); do tests/fuzz/run.sh $$target $(FUZZ_SECONDS); done
