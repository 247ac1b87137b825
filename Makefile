# Two commands: `make run` opens the dashboard, `make test` checks everything. Both make .venv first.
# PYTHON=python3.12 chooses the interpreter; TORCH="torch==2.13.0" (any pip requirement) the build of torch.

PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv
INSTALL := $(UV) pip install --quiet --python $(BIN)/python
ifdef PIP_FIND_LINKS
export UV_FIND_LINKS ?= $(PIP_FIND_LINKS)
endif

# Packages of which the tests want nothing but the ONNX files in them: without these those tests are skipped.
NETWORKS := "rapidocr>=3.4"

.PHONY: run test format examples picture bench clean

# 130 is how the dashboard ends on Ctrl-C.
run: .venv/.ready
	@$(BIN)/effdash || [ $$? -eq 130 ]

# Many small networks are trained: one thread each is many times faster than several. Two tests at a time.
WORKERS ?= 2
test: export OMP_NUM_THREADS ?= 1
test: .venv/.ready-test
	sh .ci/chromium
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

format: .venv/.ready-test
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# The example runs that are shipped, made anew.
examples: .venv/.ready
	$(BIN)/python assets/make_runs.py

# The picture in the README, taken of the dashboard as it is now.
picture: .venv/.ready-test
	sh .ci/chromium
	$(BIN)/python docs/picture.py

# What watching and jumpstart cost, beside a bare training loop and in a script of a stranger's; status at scale.
bench: export OMP_NUM_THREADS ?= 1
bench: .venv/.ready
	$(BIN)/python benchmarks/step_cost.py
	$(BIN)/python -m benchmarks.watching --rounds 3
	$(BIN)/python -m benchmarks.scale --quick

clean:
	rm -rf .venv build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis

.venv/.uv:
	sh .ci/python $(PYTHON)
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet uv
	touch $@

.venv/.torch: .venv/.uv .ci/torch constraints.txt
	TORCH="$(TORCH)" sh .ci/torch $(UV) .venv
	touch $@

.venv/.ready: .venv/.torch pyproject.toml
	$(INSTALL) --constraint .venv/constraints.txt --editable .
	touch $@

# The tests start many processes; compiled once, each starts seconds sooner, also where Python may not compile.
.venv/.ready-test: .venv/.ready
	$(INSTALL) --compile-bytecode --constraint .venv/constraints.txt --editable ".[test]"
	-$(INSTALL) --no-deps $(NETWORKS)
	touch $@
