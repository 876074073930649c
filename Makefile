# Two commands set everything up on a fresh machine: `make app` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: app test test-unit test-long check clean

app: $(VENV)/.installed
	$(BIN)/python -m bioner_core app

test: $(VENV)/.installed-dev $(VENV)/.browser
	$(BIN)/python -m pytest

test-long: $(VENV)/.installed-dev $(VENV)/.browser
	$(BIN)/python -m pytest -m "long or not long" --timeout 7200

check: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy bioner_core

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install -r requirements.txt
	$(BIN)/python -m pip install --no-deps -e .
	touch $@

$(VENV)/.installed-dev: requirements.txt requirements-dev.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install -r requirements-dev.txt
	$(BIN)/python -m pip install --no-deps -e .
	touch $@ $(VENV)/.installed

# The browser journey drives Debian's Chromium; BIONER_CHROMIUM names another one.
$(VENV)/.browser: | $(VENV)/bin/python
	sh tests/browser/install.sh
	touch $@

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache
