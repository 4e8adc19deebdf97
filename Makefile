# The whole interface of a checkout. Every path is relative, so a folder with a space in it is fine.

.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

PROBLEM ?= bike_sharing
PYTHON ?=
BIN := .venv/bin
LOCAL := $(BIN)/python -m automl_tasks.local

# The first of these that runs (a pyenv shim may exist and not run), is supported and has venv.
FIND_PYTHON = found=; \
	for python in $(if $(PYTHON),"$(PYTHON)",$(BIN)/python python3.13 python3.12 python3.11 python3); do \
		"$$python" -c 'import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
			>/dev/null 2>&1 && found=$$python && break; \
	done; \
	test -n "$$found" || { echo "$(NO_PYTHON)" >&2; exit 1; }
NO_PYTHON = Nightshift needs Python 3.11, 3.12 or 3.13 with venv; $(if \
	$(PYTHON),$(PYTHON) is none,found none: name one with make PYTHON=/path/to/python3)

.PHONY: help setup setup-dev demo up status down test lint unit e2e format lock schema benchmark clean

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

setup: ## Install into .venv what the lock names (the other targets do it when needed)
	@$(FIND_PYTHON); "$$found" .ci/environment.py

setup-dev:
	@$(FIND_PYTHON); "$$found" .ci/environment.py dev

demo: setup ## Play the whole loop on a known problem (PROBLEM=bike_sharing)
	@$(LOCAL) demo "$(PROBLEM)"

up: setup ## Start Airflow and MLflow, and keep them running
	@$(LOCAL) up

status: setup ## Say what runs, and where
	@$(LOCAL) status

down: setup ## Stop what up or demo started
	@$(LOCAL) down

test: lint unit e2e ## Run every check and test; stops after the first group that fails

lint: setup-dev ## Style, types and layers
	@failed=; \
	for check in "ruff check" "ruff format --check" mypy lint-imports; do \
		echo "== $$check"; $(BIN)/$$check || failed="$$failed [$$check]"; \
	done; \
	test -z "$$failed" || { echo "failed:$$failed" >&2; exit 1; }

unit: setup-dev ## Tests that start no service
	@echo "== unit tests"; OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 3 --dist loadfile -m "not e2e"

e2e: setup-dev ## Tests on the real Airflow and MLflow
	@echo "== end-to-end tests"; $(BIN)/python -m pytest -m e2e

format: setup-dev ## Format the code
	@$(BIN)/ruff check --fix-only --quiet; $(BIN)/ruff format

lock: setup-dev ## Resolve requirements*.in again; UPGRADE=1 takes the newest versions
	@for set in requirements requirements-dev requirements-team; do \
		$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
			--no-header --no-emit-index-url --annotation-style line $(if $(UPGRADE),--upgrade) \
			"$$set.in" --output-file "$$set.txt" || exit 1; \
	done

schema: setup-dev ## Write the problem file's JSON schema again
	@$(BIN)/python -c 'import pathlib, automl_tasks.problem.schema as schema; \
		pathlib.Path("dags/problem.schema.json").write_text(schema.schema_text())'

clean: ## Remove .venv and the tools' caches; runs and models in .nightshift stay
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
