# `make demo` and `make test` need Python 3.11 or newer, git, make, and the package index; they make .venv themselves.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.ONESHELL:
.DELETE_ON_ERROR:
# Tests start some hundred processes of this tree: each would compile it anew.
unexport PYTHONDONTWRITEBYTECODE
MAKEFLAGS += --no-builtin-rules --no-print-directory

PYTHON ?= python3
PORT ?= 8000
# of tests: one more than there are cores, as they wait a third of their time for databases, browsers and processes
WORKERS ?= $(shell echo $$(( $$(nproc 2>/dev/null || echo 2) + 1 )))
BIN := .venv/bin
MADE := .venv/.made-from-lock

.PHONY: help venv demo test check docs format bench figures pictures spectral client-generator migration installation lock licences sbom audit release clean
.DEFAULT_GOAL := help

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

demo: $(MADE) ## Simulate two years until last week, run the whole chain, and serve it on http://127.0.0.1:8000 (PORT=… for another)
	@$(BIN)/hotspots demo --port $(PORT)

test: $(MADE) ## Run every test (PYTEST_ARGS="-k words" for some)
	@$(BIN)/pytest --numprocesses $(WORKERS) --dist worksteal $(PYTEST_ARGS)

check: $(MADE) ## Lint, check types and layers (TYPES="src api jobs" for types of the software alone), build the documents
	@$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy $(TYPES)
	$(BIN)/lint-imports --no-cache
	$(BIN)/python tests/licences.py | tail -n 1
	$(BIN)/python tests/audit.py --if-reachable
	$(MAKE) docs

# the variable leaves out what the theme says of its successor
docs: $(MADE) ## Build the documents site in var/site, a folder that needs no server
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --config-file docs/site/mkdocs.yml
	echo "wrote var/site/index.html"

format: $(MADE) ## Format the code, and repair what ruff can
	@$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(MADE) ## Measure time and memory at full size (BENCH=words for some)
	@$(BIN)/python tests/benchmarks/run.py $(BENCH)

figures: $(MADE) ## Run commands of docs/measured.toml again, and renew their figures in the documents (FIGURES=detection)
	@$(BIN)/python -m tests.figures $(FIGURES)

pictures: $(MADE) ## Draw the pictures of the README and of the help anew (wants Chromium)
	@$(BIN)/python tests/pictures.py

spectral: ## Install the linter of OpenAPI for its test, in var (wants Node.js)
	@npm install --silent --no-audit --no-fund --prefix var/spectral @stoplight/spectral-cli@6.16.3

client-generator: $(MADE) ## Install what generates a typed client of the API for its test, in var
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --upgrade --target var/client-generator \
	  -r docs/examples/python_client/generator.txt

migration: $(MADE) ## Draft a migration of the database from the change in the code (MESSAGE="what changes")
	@test -n "$(MESSAGE)" || { echo 'say what changes: make migration MESSAGE="a column for …"' >&2; exit 2; }
	$(BIN)/python tests/draft_migration.py "$(MESSAGE)"

installation: $(MADE) ## Try to deploy, as root on Debian: image, former version, upgrade, sign-in, backup, restore (TRIAL="--engine podman")
	@$(BIN)/python -m tests.deployment.try_installation $(TRIAL)

# uv writes one lock for all platforms; it has no place in .venv, as only this target needs it.
lock: ## Write both locks anew from pyproject.toml, keeping versions that still fit (UPGRADE=1 for the newest)
	@test -x var/uv/bin/uv || { $(PYTHON) -m venv var/uv; var/uv/bin/pip install --quiet uv; }
	var/uv/bin/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header \
	  --python-version 3.11 --group dev $(if $(UPGRADE),--upgrade) --output-file requirements.lock pyproject.toml
	# what is installed where it runs: the same versions, without the tools of developers
	var/uv/bin/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header \
	  --python-version 3.11 --constraint requirements.lock --output-file requirements-runtime.lock pyproject.toml
	# what makes the wheel in an image
	echo hatchling | var/uv/bin/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header \
	  --no-annotate --python-version 3.11 --constraint requirements.lock \
	  --output-file docs/deployment/container/requirements-build.lock -

licences: $(MADE) ## List the licences of all that is installed where it runs; fails on one that is not allowed
	@$(BIN)/python tests/licences.py

sbom: $(MADE) ## Write a list of all that is installed where it runs, var/sbom.cdx.json (CycloneDX)
	@test -x var/runtime/bin/python || $(PYTHON) -m venv --without-pip var/runtime
	$(BIN)/python -m pip --python var/runtime/bin/python install --disable-pip-version-check --quiet \
	  --require-hashes -r requirements-runtime.lock
	$(BIN)/python -m pip --python var/runtime/bin/python install --disable-pip-version-check --quiet --no-deps .
	$(BIN)/cyclonedx-py environment --pyproject pyproject.toml --mc-type application --output-reproducible \
	  --of JSON -o var/sbom.cdx.json var/runtime/bin/python
	echo "wrote var/sbom.cdx.json"

audit: $(MADE) ## Look up known vulnerabilities of all that is installed where it runs
	@$(BIN)/python tests/audit.py

release: $(MADE) ## Make wheel, source, image, lists, notes and checksums of a tagged version, in var/release (RELEASE_ARGS=--without-image)
	@$(BIN)/python tests/release.py $(RELEASE_ARGS)

clean: ## Remove the virtual environment, caches and the demo's data; not the database
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis var/demo var/uv var/runtime

venv: $(MADE) ## Only make the virtual environment .venv

# Made once, and again when what must be in it changes. The awk shows a dot per package: the download takes a while.
$(MADE): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("wanted Python 3.11 or newer, found " +
	  sys.version.split()[0] + ": name another, as in make PYTHON=python3.12")'
	echo "making .venv from requirements.lock: takes a minute or two"
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --disable-pip-version-check --progress-bar off --require-hashes \
	  -r requirements.lock | awk '/^Collecting/ {printf "."; fflush()} END {print ""}'
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation --editable .
	touch $(MADE)
