# Two commands do everything on a fresh machine: `make run` and `make test`.
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
BIN := .venv/bin
PROFILE ?= practice
# Bytecode is compiled on first use: compiling everything at install would take longer than the run.
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --no-compile --constraint constraints.txt

export DAGSTER_DISABLE_TELEMETRY := 1
# Empty means off: without bytecode on disk every command would compile two thousand modules again, which takes six seconds.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: install run test lint soak bench dev clean

install: .venv/.installed

.venv/.installed: pyproject.toml constraints.txt
	@echo "Setting up .venv (about a minute) …"
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed; set PYTHON=…")'
	@$(PYTHON) -m venv .venv
	@$(PIP) --editable .
	@$(BIN)/python -c 'import pipelines.cli, pipelines.run'
	@touch $@

.venv/.installed-dev: .venv/.installed
	@$(PIP) --editable '.[dev]'
	@touch $@

run: install
	@$(BIN)/partners run --profile $(PROFILE)

test: .venv/.installed-dev
	@$(BIN)/python -m ruff check --quiet --no-cache .
	@$(BIN)/python -m ruff format --check --quiet .
	@$(BIN)/python -m mypy
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

lint: .venv/.installed-dev
	@$(BIN)/python -m ruff check --fix .
	@$(BIN)/python -m ruff format .
	@$(BIN)/python -m mypy

# The faults of the tests in their long version: real time-outs, thousands of pages, two hundred nights, fifty killed runs (ten minutes).
soak: .venv/.installed-dev
	@$(BIN)/python bench/soak.py

# How fast and in how much memory a register of five million rows is read.
bench: .venv/.installed-dev
	@$(BIN)/python bench/reading.py

# The asset graph, run history and schedule in a browser.
dev: export DAGSTER_HOME ?= $(CURDIR)/data/.dagster
dev: export PARTNERS_PROFILE = $(PROFILE)
dev: install
	@mkdir -p $(DAGSTER_HOME) && cp -n pipelines/dagster.yaml $(DAGSTER_HOME)/ || true
	@$(BIN)/dg dev

clean:
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
