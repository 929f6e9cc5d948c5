# Two commands for newcomers: `make demo` and `make test`. `make help` lists the rest.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PORT ?= 8000
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help demo test explore check format translations requirements clean

help: ## list the commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

demo: $(VENV)/installed ## install all, fill a demonstration on SQLite, run its round and serve it
	@exec $(BIN)/matchmaker demo --port $(PORT)

test: $(VENV)/installed-tests check ## install all (chromium and systemd too), check the code and run every test
	$(BIN)/python -m tests.programs
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --durations 10

explore: $(VENV)/installed-tests ## run the property tests on newly drawn examples
	HYPOTHESIS_PROFILE=explore $(BIN)/python -m pytest -n $(WORKERS) tests/matching tests/scheduling tests/services

check: $(VENV)/installed-tests ## lint, types and layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: $(VENV)/installed-tests ## put the code into the house's form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

translations: $(VENV)/installed-tests ## bring the catalogues up to date with the texts of code and templates
	@mkdir -p build
	$(BIN)/pybabel -q extract -F babel.cfg -k N_ -k lazy_gettext --add-location file --sort-output -o build/messages.pot .
	$(BIN)/pybabel -q update -i build/messages.pot -d matchmaker/translations --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date

requirements: ## write requirements*.txt with hashes from pyproject.toml (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header pyproject.toml -o requirements.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --extra test -c requirements.txt pyproject.toml -o requirements-test.txt

clean: ## remove what was installed and the local databases
	rm -rf $(VENV) instance build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Matchmaker needs Python 3.11 or newer; name one with: make demo PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "Python's venv module is missing; on Debian and Ubuntu: apt-get install python3-venv"; exit 1; }

$(VENV)/installed: requirements.txt pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps -e .
	@cd / && "$(CURDIR)/$(BIN)/matchmaker" new-secret >/dev/null
	@touch $@

$(VENV)/installed-tests: requirements-test.txt $(VENV)/installed
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-test.txt
	@touch $@
