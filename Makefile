# Two commands a newcomer needs: `make demo` and `make test`. Both set themselves up in .venv.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PYTEST_ARGS ?=
COVERED ?= $(if $(wildcard ../shared/data),95,94)  # per cent of the engine; it only rises
BRANCHES ?= $(if $(wildcard ../shared/data),95,91)  # per cent of its branches alone; it only rises
UV ?= uv

.PHONY: demo test lint lock figures docs clean

demo: $(VENV)/.product  ## the founding edition of 2024-11-26, without key or network, into demo/
	$(BIN)/daybrief run --replay founding --out demo

test: $(VENV)/.test lint  ## linters, types, layers, then every test
	$(BIN)/python -m pytest -n auto --cov --cov-report= $(PYTEST_ARGS)
	$(BIN)/python -m coverage report --fail-under=$(strip $(COVERED)) --skip-covered
	$(BIN)/python tools/branches.py --at-least $(strip $(BRANCHES))

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

figures: $(VENV)/.test  ## measure everything again and write docs/figures.md (needs ../shared/data)
	$(BIN)/python benchmarks/figures.py

docs: $(VENV)/.test  ## the documentation site into site/
	$(BIN)/python -m pip install --quiet --upgrade zensical
	$(BIN)/zensical build

lock:  ## resolve again; uv.lock names hosts and is not committed
	$(UV) lock --quiet
	$(UV) export --quiet --frozen --no-emit-project --no-default-groups --no-header -o requirements.lock
	$(UV) export --quiet --frozen --no-emit-project --all-extras --no-extra lab-cross-encoders --no-extra lab-features --no-extra lab-posttrain --no-extra lab-panoptic --no-extra lab-control --no-extra lab-style --no-extra lab-agents --no-extra lab-games --no-extra ray --group test --group lint --group train --no-header -o requirements-dev.lock

$(VENV)/.product: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("daybrief needs Python 3.11, 3.12 or 3.13: make PYTHON=python3.11 …" if not (3, 11) <= sys.version_info[:2] < (3, 14) else 0)'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

$(VENV)/.test: $(VENV)/.product requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.lock
	touch $@

clean:
	rm -rf $(VENV) demo site dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
