# What a person needs is two commands: `make demo` and `make test`. Both set up everything first, once.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

# The first Python from 3.11 on that can make virtual environments; 3.11 is the one the constraints were tested with.
PYTHON ?= $(shell for python in python3.11 python3 python3.12 python3.13; do \
	$$python -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; \
	done)

# The environment is made again where what it is made from, or where it lies, has changed.
KEY := $(shell (cat pyproject.toml constraints.txt; pwd) | cksum | cut -d ' ' -f 1)
RUN := $(VENV)/.run-$(KEY)
DEV := $(VENV)/.dev-$(KEY)

# What SUMO's wheels expect of the system, by the names of Debian and Ubuntu.
SUMO_PACKAGES := libatomic1 libexpat1 libgl1 libx11-6 libxext6 libxrender1

TEST_WORKERS ?= 2
TEST_FLAGS ?=

BENCH_JSON ?= out/bench.json
BENCH_FLAGS ?=
VALIDATE_FLAGS ?=
LADDER_FLAGS ?=

.PHONY: help setup demo bench test test-slow tests lint types contracts format validate ladder system system-packages clean

help: ## Show this list
	@grep -E '^[a-z-]+:.*##' $(firstword $(MAKEFILE_LIST)) | sort | sed -E 's/:.*## /\t/' | expand -t 14

demo: $(RUN) system ## Train and compare on a real junction in both engines, under ten minutes
	$(BIN)/trafficai demo

bench: $(RUN) system ## Measure speed and hold it against the baseline; BENCH_FLAGS="--rows core/*" picks some
	$(BIN)/trafficai bench --json $(BENCH_JSON) --against benchmarks/baseline.json $(BENCH_FLAGS)

test: $(DEV) ## Lint, types, import contracts and the tests: all of them, also where one fails
	@$(MAKE) --no-print-directory --keep-going -j1 lint types contracts tests

setup: $(DEV) system ## Make the environment in .venv with everything in it

tests: $(DEV) system ## The tests alone; TEST_FLAGS="-k name" picks some
	$(BIN)/python -m pytest -n $(TEST_WORKERS) --dist worksteal -m "not slow" $(TEST_FLAGS)

test-slow: $(DEV) system ## The tests that take long
	$(BIN)/python -m pytest -n $(TEST_WORKERS) --dist worksteal -m slow $(TEST_FLAGS)

lint: $(DEV) ## Style and formatting (ruff)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(DEV) ## Types (mypy --strict)
	$(BIN)/mypy

contracts: $(DEV) ## Which package may import which (import-linter)
	$(BIN)/lint-imports --no-logo

validate: $(RUN) system ## The core against SUMO on the maps of RESCO, into docs/validation.md; VALIDATE_FLAGS="--seeds 10"
	$(BIN)/python benchmarks/validate.py $(VALIDATE_FLAGS)

ladder: $(RUN) system ## Every rule on the maps of RESCO and RiLSA, into docs/ladder.md; LADDER_FLAGS="--maps cologne1"
	$(BIN)/python -m benchmarks.ladder $(LADDER_FLAGS)

format: $(DEV) ## Put the formatting right
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

system: $(RUN)
	@binaries=$$($(BIN)/python -c 'import importlib.util as u; print(*(u.find_spec(p).submodule_search_locations[0] + f for p, f in (("sumo", "/bin/sumo"), ("libsumo", "/_libsumo.so"))))'); \
	missing() { ldd $$binaries | grep 'not found' | sort -u; }; \
	if ! command -v ldd >/dev/null || ! missing; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update && $(MAKE) --no-print-directory system-packages; \
	fi; \
	if missing; then echo "SUMO needs these system libraries; on Debian and Ubuntu: apt-get install $(SUMO_PACKAGES)" >&2; exit 1; fi

system-packages:
	DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $(SUMO_PACKAGES)

clean: ## Remove the environment and what tools left behind
	rm -rf $(VENV) .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist
	find trafficai tests -name __pycache__ -type d -prune -exec rm -rf {} +

# PyTorch comes first and alone: where pip finds a CPU build of it, nothing later asks for the CUDA packages.
$(RUN):
	@test -n "$(PYTHON)" || { echo "trafficai needs Python 3.11 or later, with venv (Debian: apt-get install python3-venv)" >&2; exit 1; }
	@echo "Installing into $(VENV), once; this takes a minute or a few."
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install -qq --upgrade -c constraints.txt pip
	$(PIP) install -qq -c constraints.txt torch
	$(PIP) install -qq -c constraints.txt --build-constraint constraints.txt -e '.[all]'
	rm -f $(VENV)/.run-* && touch $@

$(DEV): $(RUN)
	$(PIP) install -qq -c constraints.txt --build-constraint constraints.txt -e '.[all,dev]'
	rm -f $(VENV)/.dev-* && touch $@
