# Two commands set everything up on a fresh machine: `make app` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
AS_ROOT := $(if $(filter 0,$(shell id -u)),,sudo)

# Both ask before they install a system's package as root; YES=1 answers yes.
ASK := sh tools/ask_root.sh

.PHONY: app test test-long check docs wheel lock clean

app: $(VENV)/.installed
	$(BIN)/python -m bioner_core app

# Processes of one thread each: torch's threads would wait for each other. Three for two cores: browsers wait.
test: $(VENV)/.installed-dev $(VENV)/.browser
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

test-long: $(VENV)/.installed-dev $(VENV)/.browser
	$(BIN)/python -m pip install -r requirements-cluster.txt
	$(BIN)/python -m pytest -m "long or not long" --timeout 7200 --cov --cov-report term:skip-covered

check: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/codespell
	$(BIN)/yamllint --strict .github mkdocs.yml .pre-commit-config.yaml compose.yaml deploy
	$(BIN)/hadolint Dockerfile
	$(BIN)/cffconvert --validate
	$(BIN)/mypy

docs: $(VENV)/.installed-docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet
	@echo "site/index.html is the first page; for search: $(BIN)/python -m http.server --bind localhost -d site"

wheel: $(VENV)/.installed-dev
	$(BIN)/python -m build --wheel --outdir dist .

# All packages with the hashes of their files; uv reads the registry's metadata.
lock: $(VENV)/.installed-dev
	$(BIN)/python -m pip install uv
	{ sed '/^[^#]/,$$d' requirements-lock.txt; $(BIN)/uv pip compile requirements.txt --universal \
	  --python-version 3.11 --generate-hashes --no-header --no-annotate -q; } > .requirements-lock.txt
	mv .requirements-lock.txt requirements-lock.txt

# Debian packs what venv needs by itself; without it venv fails and leaves half an environment behind.
$(VENV)/bin/python:
	$(PYTHON) -c "import ensurepip" 2>/dev/null || \
	  { YES=$(YES) $(ASK) python3-venv && $(AS_ROOT) apt-get update && \
	    $(AS_ROOT) apt-get install -y python3-venv; } || true
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "$(VENV): cannot be made, see above. Debian and Ubuntu: apt-get install python3-venv, then make again." >&2; \
	  exit 1; }

$(VENV)/.installed: requirements.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install -r requirements.txt
	$(BIN)/python -m pip install --no-deps -e .
	touch $@

$(VENV)/.installed-dev: requirements.txt requirements-dev.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install -r requirements-dev.txt
	$(BIN)/python -m pip install --no-deps -e .
	touch $@ $(VENV)/.installed

$(VENV)/.installed-docs: requirements-docs.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install -r requirements-docs.txt
	touch $@

# The browser journey drives Debian's Chromium; BIONER_CHROMIUM names another one.
$(VENV)/.browser: | $(VENV)/bin/python
	YES=$(YES) sh tests/browser/install.sh
	touch $@

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .coverage dist site
