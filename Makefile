# make run    set up and open the app          make test   set up and run every test
# make check  format, lint, types, imports     make format rewrite the code in the house format
# make lock   refresh the two lock files       make clean  remove the virtual environment and caches

PYTHON ?= python3
PORT ?= 8501
VENV := .venv
BIN := $(VENV)/bin
CODE := app.py pages ui evallib tests benchmarks examples

.PHONY: run test check format lock clean
.DELETE_ON_ERROR:

run: $(VENV)/runtime
	@$(BIN)/streamlit run app.py --server.port $(PORT) --server.headless $(if $(DISPLAY)$(WAYLAND_DISPLAY),false,true)

test: $(VENV)/dev $(VENV)/chromium
	$(BIN)/pytest

check: $(VENV)/dev
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/dev
	$(BIN)/ruff format $(CODE)
	$(BIN)/ruff check --fix $(CODE)

lock: $(VENV)/uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --upgrade requirements-dev.txt -o requirements-dev.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --constraint requirements-dev.lock requirements.txt -o requirements.lock

$(VENV)/uv:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "evallib needs Python 3.11 or newer")'
	$(PYTHON) -c 'import ensurepip' 2>/dev/null || scripts/install-debian python3-venv
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check uv
	touch $@

# The lock of the development tools is a superset of requirements.lock, so either stamp leaves the same versions.
$(VENV)/runtime: $(VENV)/uv requirements.lock pyproject.toml
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python -r requirements.lock
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --no-deps --editable .
	touch $@

$(VENV)/dev: $(VENV)/runtime requirements-dev.lock
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python -r requirements-dev.lock
	touch $@

$(VENV)/chromium: $(VENV)/dev
	test -x /usr/bin/chromium || scripts/install-debian chromium
	touch $@

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
