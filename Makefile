# Every target sets the environment up first; it is rebuilt only when the pins change.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.DEFAULT_GOAL := help
.PHONY: help lab course test book bench lint clean

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(None if (3, 11) <= sys.version_info[:2] <= (3, 13) else f"error: Python 3.11 to 3.13 is needed, {sys.executable} is {sys.version.split()[0]}: say which to use, for example make PYTHON=python3.12 $(MAKECMDGOALS)")'
	@echo "Setting up .venv with the pinned packages: a few minutes, once."
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

lab: $(READY)  ## open the lessons in JupyterLab
	@$(BIN)/course lab

course: $(READY)  ## run every lesson, print a table, build the site
	@$(BIN)/course run
	@$(BIN)/course book

test: $(READY)  ## the whole test suite: what CI runs
	@mkdir -p build
	@$(BIN)/python -m pytest -n 2 -q --basetemp=build/pytest

book: $(READY)  ## build the site in book/_build/html
	@$(BIN)/course book

bench: $(READY)  ## measure the speed; writes book/benchmarks.md
	@$(BIN)/course bench

lint: $(READY)  ## check the style of code and notebooks
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

clean:  ## remove what was built; the environment too
	@rm -rf build book/_build .venv .pytest_cache .ruff_cache src/*.egg-info
