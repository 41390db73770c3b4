# `make demo` and `make test` set up what they need, on Linux and macOS with Python 3.11 or later.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check --quiet
TESTS ?= tests
ROWS ?=

.PHONY: demo test lint format bench pins clean

demo: $(VENV)/.demo ## Run the main job: card payments, decided on a ledger, proven, replayed, audited.
	$(BIN)/muniment demo fraud $(if $(ROWS),--rows $(ROWS))

test: $(VENV)/.dev ## Run all tests.
	$(BIN)/python -m pytest $(TESTS)

lint: $(VENV)/.dev ## Run the gates: format, lint, types, imports, generated documents.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m muniment.cli.reference --check

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/python -m muniment.cli.reference

bench: $(VENV)/.dev ## Measure; ratios within one run.
	$(BIN)/muniment bench --json

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "muniment needs Python 3.11 or later, this is " + sys.version.split()[0] + ": try make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: requirements/demo.txt pyproject.toml | $(BIN)/python
	@test -e $(VENV)/.dev || { echo "setting up (once) ..."; $(PIP) --require-hashes -r requirements/demo.txt; }
	@test -e $(VENV)/.dev || $(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements/dev.txt pyproject.toml | $(BIN)/python
	@echo "setting up (once) ..."
	@$(PIP) --require-hashes -r requirements/dev.txt
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

# Needs uv on the PATH.
PINS := uv pip compile --quiet --upgrade --universal --generate-hashes --no-header --no-annotate --no-emit-index-url \
	--no-emit-find-links --python-version 3.11 pyproject.toml requirements/build.in
pins: ## Renew the pinned environments.
	$(PINS) --extra demo -o requirements/demo.txt
	$(PINS) --extra lint -o requirements/dev.txt

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
