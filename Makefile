# make run   the main job: ResNet18 with and without the residual connection
# make lab   JupyterLab on notebooks/
# make test  linter and tests
# make dev   what changing the kit takes, without running the tests
# Each sets up .venv first if it has to, and does nothing twice.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run lab test dev setup clean

run: $(VENV)/.ready
	$(BIN)/python -m nndl ablation

lab: $(VENV)/.ready
	$(BIN)/jupyter lab notebooks

test: $(VENV)/.ready-dev
	$(BIN)/ruff check .
	$(BIN)/python -m pytest

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
