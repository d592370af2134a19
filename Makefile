# Every target sets the environment up first; it is rebuilt only when the pins change.
PYTHON ?= python3
BIN := .venv/bin
# GPU=1 takes PyTorch's GPU build; the mark in .venv keeps it when the pins change.
GPU ?= $(if $(wildcard .venv/.ready-gpu),1)
WITH_GPU := $(filter 1,$(GPU))
READY := .venv/.ready$(if $(WITH_GPU),-gpu)
# An environment with nothing but localaws: a test shows that it needs no more.
ALONE := .venv-localaws/.ready
# Version 2 of the SageMaker SDK, which excludes version 3, and the AWS CLI, which needs an
# old docutils: tests run both.
SDK2 := .venv-sdk2/.ready
PIP := -m pip install --disable-pip-version-check -c constraints.txt -c constraints-gpu.txt

# On Linux the ordinary index offers torch with gigabytes of GPU libraries only: torch, and
# nothing else, comes from PyTorch's index of CPU builds.
CPU_INDEX := https://download.pytorch.org/whl/cpu
CPU_BUILD := $(if $(WITH_GPU),,$(filter Linux,$(shell uname -s)))
CPU_COST := about 1.6 GB to download and 5.0 GB of disk
GPU_COST := about 4.1 GB to download and 9.0 GB of disk
COST := $(if $(WITH_GPU),$(GPU_COST),$(CPU_COST))

.DEFAULT_GOAL := help
.PHONY: help lab course test book bench lint clean

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "The first of them sets .venv up: $(COST), a few minutes, once."

.venv/.ready .venv/.ready-gpu: pyproject.toml constraints.txt constraints-gpu.txt
	@$(PYTHON) -c 'import sys; sys.exit(None if (3, 11) <= sys.version_info[:2] <= (3, 13) else f"error: Python 3.11 to 3.13 is needed, {sys.executable} is {sys.version.split()[0]}: say which to use, for example make PYTHON=python3.12 $(MAKECMDGOALS)")'
	@$(call refuse_link,.venv)
	@echo "Setting up .venv with the pinned packages: $(COST), a few minutes, once."
	@$(PYTHON) -m venv --clear .venv
ifneq ($(CPU_BUILD),)
	@$(BIN)/python $(PIP) --no-deps --timeout 10 --retries 0 --index-url $(CPU_INDEX) torch || \
		echo "note: PyTorch's index of CPU builds gave no torch. The ordinary index has only the GPU build: $(GPU_COST) in all. It works without a GPU too. Ctrl-C stops here." >&2
endif
	@$(BIN)/python $(PIP) -e '.[lessons,spark,dev]'
	@touch .venv/.ready $@

$(ALONE): pyproject.toml constraints.txt | $(READY)
	@$(call refuse_link,.venv-localaws)
	@echo "Setting up .venv-localaws, for one of the tests: about 0.05 GB to download and 0.3 GB of disk, a minute, once."
	@$(PYTHON) -m venv --clear .venv-localaws
	@.venv-localaws/bin/python $(PIP) -e .
	@touch $@

$(SDK2): constraints-sdk2.txt | $(READY)
	@$(call refuse_link,.venv-sdk2)
	@echo "Setting up .venv-sdk2, for two of the tests: about 0.08 GB to download and 0.6 GB of disk, a minute, once."
	@$(PYTHON) -m venv --clear .venv-sdk2
	@.venv-sdk2/bin/python -m pip install --disable-pip-version-check -c constraints-sdk2.txt sagemaker awscli
	@touch $@

# `venv --clear` would empty the folder that a link points to.
refuse_link = test ! -L $(1) || { echo "error: '$(1)' is a link to '$$(readlink $(1))', expected a folder of its own, which is emptied here: remove the link with rm $(1) and run make again." >&2; exit 1; }

lab: $(READY)  ## open your copies of the lessons in JupyterLab
	@$(BIN)/course lab

course: $(READY)  ## run every lesson, print a table, build the site
	@$(BIN)/course run
	@$(BIN)/course book

# Twice the cores of CI: half of the tests wait for processes.
test: $(READY) $(ALONE) $(SDK2)  ## the whole test suite: what CI runs
	@mkdir -p build
	@$(BIN)/python -m pytest -n 4 -q --basetemp=build/pytest

book: $(READY)  ## build the site in book/_build/html
	@$(BIN)/course book

bench: $(READY)  ## measure the speed; writes book/benchmarks.md
	@$(BIN)/course bench

lint: $(READY)  ## check style and types of code, and the style of notebooks
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

clean:  ## remove what was built; the environments too
	@rm -rf build book/_build .venv .venv-localaws .venv-sdk2 .pytest_cache .ruff_cache src/*.egg-info
