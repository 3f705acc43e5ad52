# Each target sets up what it needs in .venv: Python 3.11 or newer, make and git are enough.

PYTHON ?= $(shell for each in python3.11 python3.12 python3.13 python3.14 python3 python; do \
	$$each -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { command -v $$each; break; }; done)

BIN := .venv/bin
JOBS ?= auto
BUDGET ?= 45m

.PHONY: demo test lab crash-lab bench bench-receiver bench-polling bench-watch hostile check lint types docs schemas clean
.DELETE_ON_ERROR:

demo: .venv/.media  ## render specs/ in the sandbox: no key, nothing is paid
	$(BIN)/seedance-spec apply --sandbox --yes
	@test ! -d renders/sandbox || { echo "The clips are in renders/sandbox:"; find renders/sandbox -name '*.mp4' | sort | sed 's/^/  /'; }

test: .venv/.dev  ## every test that needs nothing but pip
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m 'not lab'

lab: .venv/.lab .venv/node/node_modules/.bin/yaml-language-server  ## tests that need programs beyond pip; they fail where one is missing
	$(BIN)/python -m pytest -m lab

crash-lab: .venv/.dev  ## the money proof, time-boxed and resumable: BUDGET=45m JOBS=2 ROWS=kill,errno CASE=kill:fsync:12
	$(BIN)/python -m tests.lab --budget $(BUDGET) --jobs $(if $(filter auto,$(JOBS)),2,$(JOBS)) $(if $(ROWS),--rows $(ROWS)) $(if $(CASE),--case $(CASE))

bench: .venv/.dev  ## plans of 10,000 shots beside ninja, make and octoDNS; LARGE=100000 measures a larger film too
	$(BIN)/python -m benchmarks.planning --record docs/planning.json $(if $(LARGE),--large $(LARGE))

bench-receiver: .venv/.dev  ## the receiver's speed and memory on one core: BUDGET=14m; below 12m memory for 1 minute
	$(BIN)/python -m benchmarks.receiver $(if $(filter command line environment,$(origin BUDGET)),--budget $(BUDGET)) $(if $(CASE),--case $(CASE))

bench-polling: .venv/.dev  ## looks at the gateway and lateness beside plain polling, in virtual time
	$(BIN)/python -m benchmarks.polling

bench-watch: .venv/.dev  ## from save to POST, beside a file watcher that runs apply: writes docs/watching/figures.md
	$(BIN)/python -m benchmarks.watching

hostile: .venv/.dev  ## the receiver on hostile days, resumable: BUDGET=15m ROWS=kill,fuzz CASE=fuzz:17
	$(BIN)/python -m tests.hostile $(if $(filter command line environment,$(origin BUDGET)),--budget $(BUDGET)) $(if $(ROWS),--rows $(ROWS)) $(if $(CASE),--case $(CASE))

check: lint types test  ## what CI runs

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/.dev
	$(BIN)/mypy

schemas: .venv/.dev  ## write schemas/*.json from the models
	$(BIN)/seedance-spec schema --write

docs: .venv/.dev  ## write the generated pages and blocks of the documentation
	$(BIN)/python -m tests.support.pages

clean:  ## everything that a target made, but neither clips nor journals
	rm -rf .venv build dist .mypy_cache .ruff_cache .hypothesis

.venv/node/node_modules/.bin/yaml-language-server: | .venv/bin/python
	npm install --prefix .venv/node --no-audit --no-fund --silent yaml-language-server@1.25.0

# A stamp per set of dependencies: a change of pyproject.toml sets up again.
.venv/.media .venv/.dev .venv/.lab: .venv/.%: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[$*]'
	@touch $@

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; say which: make PYTHON=/path/to/python3" >&2; exit 1; }
	$(PYTHON) -m venv .venv
