# What people type. Each target does the set-up that it needs, and is quick the second time.
PYTHON ?= python3
PORT ?= 5000
BIN := .venv/bin

.PHONY: help serve test test-fast check format models invoke evaluate mattes bench build test-container bench-container \
        cost deploy destroy lock peers
help:
	@echo "make serve    page and API on http://localhost:$(PORT)  (PORT=... for another port)"
	@echo "make test     every test that needs pip alone; with NIGHTLY=1 all of their repetitions"
	@echo "make test-fast  those that need neither networks, local AWS nor browser, in a minute"
	@echo "make check    lint, format, types (of Python and of the page), import contracts"
	@echo "make models   fetch the networks and quantize them; with CLEAN=1 the originals go afterwards"
	@echo "make evaluate quality beside rembg and OpenCV, on drawn scenes or on the folder DATA=..."
	@echo "              with CHECK=1 ours alone, and whether they are above tools/floors.toml"
	@echo "make mattes   edges on scenes of known alpha, beside rembg"
	@echo "make bench    speed and memory beside rembg, and by stage"
	@echo "make invoke   run the Lambda handler on EVENT=tests/events/... and write the answer to OUT=..."
	@echo "make build    the Lambda image, with Docker (Debian's is fetched where there is none)"
	@echo "make test-container   the image under Lambda's limits, and sam local with each event"
	@echo "make bench-container  cold start, memory and 1,000 calls in the image, beside rembg in one"
	@echo "make cost     computed dollars, hours, concurrency and the limit reached first, by way in and size"
	@echo "make deploy   service, page and alarms to the AWS account that ENV=dev or prod means"
	@echo "make destroy  all of it away"

serve: models .emulator/ready
	@$(BIN)/python -m tools.serve --port $(PORT)

NIGHT = $(if $(NIGHTLY),--nightly)
# A local AWS, a browser and a server for each worker, which takes tests from the other at the end.
PARALLEL = --numprocesses auto --dist worksteal

test: .venv/ready models .emulator/ready .sam/ready
	@$(BIN)/pytest $(PARALLEL) $(NIGHT)

test-fast: .venv/ready
	@$(BIN)/pytest $(PARALLEL) --tier fast

# Deno has TypeScript's compiler and a linter in one file, and needs neither Node.js nor npm.
DENO = DENO_DIR=.deno_cache DENO_NO_UPDATE_CHECK=1 $(BIN)/deno
check: .venv/ready
	@$(BIN)/cfn-lint template.yaml infra/site.yaml infra/operations.yaml
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(DENO) check --quiet frontend
	@$(DENO) lint --quiet frontend

format: .venv/ready
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

models: .venv/serve
	@$(BIN)/cutout models build $(if $(CLEAN),--clean)

EVENT ?= tests/events/remove.json
OUT ?= answer.png
invoke: models .sam/ready
	@$(BIN)/python -m tools.invoke $(EVENT) $(OUT)

# With CHECK=1 only ours run, and a figure under its floor in tools/floors.toml is an error.
evaluate: models
	@$(if $(CHECK),,$(MAKE) --no-print-directory peers || echo "evaluate: going on without rembg and OpenCV" >&2)
	@$(BIN)/python -m tools.quality $(if $(DATA),"$(DATA)") $(if $(CHECK),--check)

mattes: models peers
	@$(BIN)/python -m tools.quality --mattes

bench: models peers
	@$(BIN)/python -m tools.speed bench stages

# A command with Docker there: the machine's, or Debian's for as long as the command runs.
CONTAINER = $(BIN)/python -m tools.container
BUILD = sam build && docker tag apifunction:latest cutout:latest

build: models .sam/ready
	@$(CONTAINER) sh -c '$(BUILD)'

test-container: models .sam/ready
	@$(CONTAINER) sh -c '$(BUILD) && pytest --tier container $(NIGHT)'

bench-container: models .sam/ready
	@$(CONTAINER) sh -c '$(BUILD) && python -m tools.speed container'

cost: .venv/ready
	@$(BIN)/python -m tools.cost

ENV ?= dev
deploy: models .sam/ready
	@$(BIN)/python -m tools.deploy $(ENV)

destroy: .venv/ready .sam/ready
	@$(BIN)/python -m tools.deploy $(ENV) --destroy

# One resolution for Python 3.11 to 3.14, of which the lists of `make serve` and of Lambda are parts.
LOCK = $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes \
       --no-header --no-annotate --quiet
PART = $(LOCK) pyproject.toml --constraints requirements.txt --extra server --extra aws
lock: .venv/serve
	$(LOCK) pyproject.toml --all-extras --group dev $(UPGRADE) --output-file requirements.txt
	$(PART) --extra build --group serve --output-file requirements-serve.txt
	$(PART) --group lambda --no-emit-package tqdm --no-emit-package colorama \
	  --output-file function/requirements.txt
	$(LOCK) --no-config tools/build.in --constraints requirements.txt --output-file tools/build.txt
	$(LOCK) --no-config tools/sam.in $(UPGRADE) --output-file tools/sam.txt
	$(LOCK) --no-config tools/emulator.in $(UPGRADE) --output-file tools/emulator.txt
	$(LOCK) --no-config tools/peers.in $(UPGRADE) --output-file tools/peers.txt # as rembg asks, not as we do

# Environments. `make serve` needs .venv/serve; .venv/ready adds the developers' packages to the same
# folder, and `make serve` removes none of them. The others have folders of their own, since their pins
# would decide our versions: AWS SAM's command line, the local AWS, and the tools to compare with.
CHECK_PYTHON = $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
  "Cutout needs Python 3.11 or newer, and this is " + sys.version.split()[0] + "; try make PYTHON=python3.12")'
# Tools and tests need the developers' packages. One recipe at a time: two would share .venv.
invoke evaluate mattes bench build test-container bench-container deploy: .venv/ready
.NOTPARALLEL:
SET_UP = $(CHECK_PYTHON) && $(PYTHON) tools/environment.py

.venv/serve: requirements-serve.txt tools/build.txt pyproject.toml
	@$(SET_UP) .venv requirements-serve.txt --editable --stamp $@ --unless .venv/ready requirements.txt

.venv/ready: requirements.txt tools/build.txt pyproject.toml
	@$(SET_UP) .venv requirements.txt --editable --stamp .venv/serve $@

.peers/ready: AFTER = .peers/bin/python -c "import rembg" # compiles for most of a minute, once
.emulator/ready .sam/ready .peers/ready: .%/ready: tools/%.txt | .venv/serve
	@$(SET_UP) .$* $<
	@$(AFTER)
	@touch $@

peers: .peers/ready
