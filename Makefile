# CareLoop. `make run` starts everything; `make` lists the rest. A fresh machine needs only Python and make.

PYTHON ?= python3
# Tools are called as modules: the first line of an installed script breaks when the path of the clone has a space.
PY     := .venv/bin/python
MANAGE := $(PY) manage.py
PYTEST := $(PY) -m pytest
# `logical`, not `auto`: where two processors are one core, auto would be a single process. What is left at the end is
# shared by stealing: the long tests come last, and neighbours, which share a cast, stay together.
JOBS   ?= logical

export PIP_DISABLE_PIP_VERSION_CHECK = 1
export PIP_NO_INPUT = 1

.DEFAULT_GOAL := help
.PHONY: help run demo tour test check lint types check-migrations check-schema schema lock \
        bench bench-full proof chaos mutate-permissions clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-19s %s\n", $$1, $$2 }' Makefile

# --- Running ---------------------------------------------------------------------------------------

run: .venv/.for-running ## Start everything here; PORT=8000, DATABASE_URL and REDIS_URL may be given
	@$(MANAGE) run

demo: .venv/.for-running ## Load the demo data into the running database
	$(MANAGE) load_demo_data $(ARGS)

tour: .venv/.for-running ## Walk the whole loop over HTTP against the running server (BASE_URL=...)
	@$(MANAGE) tour $(ARGS)

clean: ## Remove the data of this clone, and caches; .venv stays
	@"$(PYTHON)" -m apps.core.launcher.clean
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find apps config tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# --- Checking --------------------------------------------------------------------------------------

test: .venv/.for-developing ## Run the tests, on servers of their own (ARGS="-k booking")
	$(PYTEST) -n $(JOBS) --dist worksteal $(ARGS)

check: lint types check-migrations check-schema test ## Do all that continuous integration does

lint: .venv/.for-developing ## Check style, formatting and which part may import which
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -c "from importlinter.cli import lint_imports_command as lint; lint()"

types: .venv/.for-developing ## Check the types
	$(PY) -m mypy config apps

check-migrations: .venv/.for-developing
	$(MANAGE) makemigrations --check --dry-run

check-schema: .venv/.for-developing
	@fresh=$$(mktemp) && trap 'rm -f "$$fresh"' EXIT && \
	$(MANAGE) spectacular --file "$$fresh" --validate --fail-on-warn && \
	{ diff -u openapi.yaml "$$fresh" || { echo "openapi.yaml is not current: run 'make schema'." >&2; exit 1; }; }

proof: .venv/.for-developing ## Run the tests with every proof in full: races, calendars, fuzzing, browser, client
	PROOF=full $(PYTEST) -n $(JOBS) --dist worksteal -rs -m "proof or not proof" $(ARGS)

chaos: .venv/.for-developing ## Kill, flush and restart things in full, and count what is lost
	PROOF=full $(PYTEST) -m chaos --log-cli-level=INFO $(ARGS)

mutate-permissions: .venv/.for-developing ## Replace each permission by "allow", one at a time; each must turn a test red
	PROOF=full $(PYTEST) -n $(JOBS) tests/test_mutations.py $(ARGS)

bench: .venv/.for-developing ## Measure against the floor, small data
	$(PY) -m benchmarks $(ARGS)

bench-full: .venv/.for-developing ## Measure against the floor, a million appointments
	$(PY) -m benchmarks --full $(ARGS)

# --- Files that are made ---------------------------------------------------------------------------

schema: .venv/.for-developing ## Write openapi.yaml
	$(MANAGE) spectacular --file openapi.yaml --validate --fail-on-warn

LOCK = $(PY) -m uv pip compile --universal --python-version 3.11 --generate-hashes -q $(ARGS)
lock: .venv/.for-developing ## Pin every package by hash (ARGS=--upgrade for newer ones)
	$(LOCK) requirements.in -o requirements.txt
	$(LOCK) requirements-local.in -o requirements-local.txt
	$(LOCK) requirements-dev.in -o requirements-dev.txt

# --- The environment; made again only when a requirements file changed ------------------------------

INSTALL = $(PY) -m pip install --quiet --require-hashes

.venv/.for-developing: requirements-dev.txt .venv/.for-running
	@echo "Installing what development needs ..."
	@$(INSTALL) -r requirements-dev.txt
	@touch $@

.venv/.for-running: requirements.txt requirements-local.txt | .venv/bin/python
	@echo "Installing what running needs ..."
	@$(INSTALL) -r requirements.txt -r requirements-local.txt
	@touch $@

.venv/bin/python:
	@"$(PYTHON)" -c 'import sys; sys.version_info >= (3, 11) or sys.exit("CareLoop needs Python 3.11 or newer, and " \
	  "this is " + sys.version.split()[0] + ". Name another one: make PYTHON=python3.13")'
	@"$(PYTHON)" -m venv --clear .venv || { rm -rf .venv; exit 1; }
