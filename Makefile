# Two commands: `make run` opens the dashboard, `make test` checks everything.
# TORCH="torch==2.13.0" (or any pip requirement) overrides the choice of build.

PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv
CONSTRAINED := --constraint constraints.txt
export UV_FIND_LINKS ?= $(PIP_FIND_LINKS)
export OMP_NUM_THREADS ?= 1

.PHONY: run test check examples readme-picture bench clean

run: .venv/.ready
	$(BIN)/effdash

test: .venv/.ready-test
	sh .ci/chromium
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest

.venv/.uv:
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet uv
	touch $@

# Torch first: on Linux without an NVIDIA card the CPU build, which is a tenth of the size.
.venv/.torch: .venv/.uv constraints.txt
	TORCH="$(TORCH)" sh .ci/torch $(UV) $(BIN)/python
	touch $@

.venv/.ready: .venv/.torch pyproject.toml
	$(UV) pip install --quiet --python $(BIN)/python $(CONSTRAINED) -e .
	touch $@

.venv/.ready-test: .venv/.ready
	$(UV) pip install --quiet --python $(BIN)/python $(CONSTRAINED) -e ".[test]"
	touch $@
