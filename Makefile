# make grade    grade a class of submissions: SUBMISSIONS=path OUT=path OPTIONS="--seed 1"
# make wheel    what students install: the self-check, without the answers
# make test     the tests that take a few minutes, on two cores
# make long     the others, those of attacks, faults and fuzz in a cut; the documentation as it is written, pages in a browser
# make zoo      every submission of known worth, in every wall
# make validate every assignment: the reference, right and wrong submissions on 200 seeds, mutants
# make soak     right solutions over a million cases, and slightly wrong ones that must not pass: CASES=100000 for fewer
# make hostile  every attack alone between two honest neighbours, in each wall
# make failures every fault of the machine, the grader killed at 25 moments among them
# make fuzz     every reader over 100,000 inputs: SEED=100000 for others, OPTIONS="--reader zip" for one reader
# make nbgrader what the tests of its format need, in .cache
# make bench    how fast it is, as ratios of what is measured in one run: NAMES="floor peers" for some
# make profile  where a run's time goes, by stage, as a picture: profile.svg
# make peers    the graders that it is measured against, in .cache
# make docs     the documentation as a site that works offline, in site/
# make check    what a change must pass: ruff, mypy --strict, the tests
# make image    the image of the docker wall; BASE=name of an image with python3 and glibc, where the usual one can't be fetched
# make setup    the environment for development; format, lint, clean
# make lock     the newest versions that pyproject.toml allows, with hashes, into requirements/

PYTHON ?= python3
SUBMISSIONS ?= examples/class
OUT ?= reports
OPTIONS ?=
BASE ?=
CASES ?= 1000000
SEED ?= 0
NAMES ?=

BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := grade
.PHONY: setup grade wheel test long zoo validate soak fuzz hostile failures bench profile peers nbgrader docs check image lock lint format clean

# Two stamps, so that a first `make grade` need not wait for what only development needs. What is installed are the
# versions and files of the lock, and no others; then the checkout itself, built with what is there.
.venv/.grade: pyproject.toml requirements/grade.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "$(PYTHON) is older than 3.11: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 2; }
	@echo "making .venv"
	@$(PYTHON) -m venv .venv
	@$(PIP) --require-hashes --requirement requirements/grade.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.dev: .venv/.grade requirements/dev.lock requirements/torch.txt
	@echo "adding what development needs to .venv"
	@$(PIP) --require-hashes --requirement requirements/dev.lock
	@$(PIP) --requirement requirements/torch.txt
	@touch $@

setup: .venv/.dev

# By the environment, not by text: a path may hold any character.
grade: export SUBMISSIONS := $(SUBMISSIONS)
grade: export OUT := $(OUT)
grade: .venv/.grade
	$(BIN)/grader grade "$$SUBMISSIONS" --out "$$OUT" $(OPTIONS)

wheel: .venv/.grade
	$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir dist .

test: .venv/.dev
	$(BIN)/python -m pytest -q -n 2

LONG := $(addprefix tests/,hostile failure fuzz guides soundness report/browser)
long: .venv/.dev
	$(BIN)/python -m pytest -q -n 2 $(LONG)

zoo: export GRADER_ZOO := all
zoo: .venv/.dev
	$(BIN)/python -m pytest -q -n 2 tests/test_zoo.py tests/test_notebook.py

validate: .venv/.dev
	$(BIN)/grader validate

soak: .venv/.dev
	$(BIN)/python tests/soak.py --cases $(CASES)

hostile: export GRADER_HOSTILE := each
hostile: .venv/.dev
	$(BIN)/python -m pytest -q -n 2 tests/hostile

failures: export GRADER_FAILURES := all
failures: .venv/.dev
	$(BIN)/python -m pytest -q tests/failure

fuzz: .venv/.dev
	$(BIN)/python tests/fuzz --seed $(SEED) $(OPTIONS)

bench: .venv/.dev peers
	$(BIN)/python -m benchmarks $(NAMES)
# The cluster's cost beside the grading has a program of its own: benchmarks/cluster_sim.py.

profile: .venv/.dev
	$(BIN)/python -m benchmarks.profile profile.svg

peers: .cache/peers/otter/bin/otter .cache/peers/check50/bin/check50 .cache/peers/nbgrader/bin/nbgrader

# Not locked: each is measured in its newest version of the line that the figures are of.
.cache/peers/otter/bin/otter: PEER := otter-grader==7.* ipykernel
.cache/peers/check50/bin/check50: PEER := check50==3.* numpy
.cache/peers/nbgrader/bin/nbgrader: PEER := nbgrader==0.9.*
.cache/peers/%:
	$(PYTHON) -m venv $(@D)/..
	$(@D)/python -m pip install --quiet --disable-pip-version-check $(PEER)

nbgrader: .cache/nbgrader/bin/nbgrader

.cache/nbgrader/bin/nbgrader:
	$(PYTHON) -m venv .cache/nbgrader
	.cache/nbgrader/bin/python -m pip install --quiet --disable-pip-version-check 'nbgrader==0.9.*'

# The theme says on every build what will become of it in years.
docs: export NO_MKDOCS_2_WARNING := 1
docs: .venv/.dev
	$(BIN)/python -m mkdocs build --strict

check: lint test

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: .venv/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

image: .venv/.grade
	$(BIN)/python -m grader.sandbox.image --base '$(BASE)'

# One resolution for all: what two of the files pin, they pin alike. PyTorch is left to torch.txt.
RESOLVE := $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header \
    --no-annotate pyproject.toml

lock: .venv/.grade
	$(PIP) uv
	$(RESOLVE) --group build --extra dev --no-emit-package torch --output-file requirements/dev.lock
	$(RESOLVE) --group build --extra grade --extra similar --constraint requirements/dev.lock --output-file requirements/grade.lock
	$(RESOLVE) --group build --extra cluster --constraint requirements/dev.lock --output-file requirements/cluster.lock
	$(RESOLVE) --constraint requirements/dev.lock --output-file requirements/wheel.lock
	$(BIN)/python requirements/sbom.py >requirements/backprop-grader.cdx.json

clean:
	rm -rf .venv build dist site .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
