# make run        the main job: ResNet18 with and without the residual connection
# make lab        JupyterLab on notebooks/
# make test       linter, layers, sizes and tests, on two cores
# make quick      the tests that run no whole lab, browser, cluster or grader
# make test-long  all tests, also the many of one kind; before a release
# make size       lines of every package, against its limit
# make dev        what changing the kit takes, without running the tests
# Each sets up .venv first if it has to, and does nothing twice.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Two test files side by side, each on one thread; tests/conftest.py puts the long ones first.
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

.PHONY: run lab test quick test-long size dev setup clean

run: $(VENV)/.ready
	$(BIN)/python -m nndl ablation

lab: $(VENV)/.ready
	$(BIN)/jupyter lab notebooks

test: size
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-cache
	$(PYTEST) -m "not long"

quick: $(VENV)/.ready-dev
	$(PYTEST) -m "not (labs or browser or cluster or hostile or long)"

test-long: size
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-cache
	$(PYTEST)

size: $(VENV)/.ready-dev
	$(BIN)/python tests/size.py

dev: $(VENV)/.ready-dev

setup: $(VENV)/.ready

$(VENV)/.ready: requirements.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -r requirements.txt
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/.ready-dev: $(VENV)/.ready
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) outputs
