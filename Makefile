# The commands of the project. Each target does the set-up that it needs, once.
PYTHON ?= python3
PORT ?= 5000
BIN := .venv/bin

.PHONY: help serve test test-fast check format models invoke evaluate mattes bench build test-container bench-container \
        cost deploy status rollback destroy lock update sbom checkov audit peers fuzz faults docs release
help:
	@echo "make serve    page and API on http://localhost:$(PORT)  (PORT=... for another port)"
	@echo "make test     every test that needs only pip; with NIGHTLY=1 all of their repetitions"
	@echo "make test-fast  the tests that need no model, no local AWS and no browser, in minutes"
	@echo "make check    lint, format, types (of Python and of the page), import contracts"
	@echo "make models   fetch the networks and quantize them; CLEAN=1 deletes the originals afterwards"
	@echo "make evaluate compare quality with rembg and OpenCV, on drawn scenes or on the folder DATA=..."
	@echo "              CHECK=1 runs Cutout only and fails on figures below tools/floors.toml"
	@echo "make mattes   compare edges with rembg on scenes of known alpha"
	@echo "make bench    compare speed and memory with rembg, and say where each aim stands; QUICK=1 for"
	@echo "              3 minutes; BEFORE=... measures another checkout's Cutout too"
	@echo "make docs     build the site of docs/ into build/docs; a broken link is an error"
	@echo "make invoke   run the Lambda handler on EVENT=tests/events/... and write the response to OUT=..."
	@echo "make build    build the Lambda image with Docker (Debian's Docker is fetched if there is none)"
	@echo "make test-container   test the image under Lambda's limits, and sam local with each event"
	@echo "make bench-container  compare cold start, memory and 1,000 calls with rembg in an image"
	@echo "make fuzz     give readers of files, forms, URLs and options random bytes for MINUTES=5"
	@echo "make faults   send CALLS=1000 to the service while its local AWS fails in many ways; SEED=1"
	@echo "make cost     compute dollars, hours, concurrency and the first limit, and the dearest day"
	@echo "make sbom     check the licences of what the image holds, and write build/sbom.cdx.json (CycloneDX)"
	@echo "make checkov  check the templates, with the exceptions of infra/checkov.toml"
	@echo "make audit    name known vulnerabilities in the image, from OSV's file VULNERABILITIES=..."
	@echo "make release  commit and tag VERSION=x.y.z here, and build its files; STANDIN=1 for a trial"
	@echo "make update   lock newer versions, pin the base image, and check both"
	@echo "make deploy   deploy service, page and alarms to the AWS account of ENV=dev or ENV=prod, after a"
	@echo "              table of all changes and a question; YES=1 answers it"
	@echo "make status   show stacks, versions and ringing alarms of ENV=dev or ENV=prod"
	@echo "make rollback let the API of ENV=... run the version of the code before, or TO=..."
	@echo "make destroy  delete all stacks of ENV=dev or ENV=prod"

serve: models .emulator/ready
	@$(BIN)/python -m tools.serve --port $(PORT)

NIGHT = $(if $(NIGHTLY),--nightly)
# Each worker process has a local AWS, a browser and a server; idle workers take tests from others.
PARALLEL = --numprocesses auto --dist worksteal

test: .venv/ready models .emulator/ready .sam/ready
	@$(BIN)/pytest $(PARALLEL) $(NIGHT)

test-fast: .venv/ready
	@$(BIN)/pytest $(PARALLEL) --tier fast

# Deno has TypeScript's compiler and a linter in one file, and needs neither Node.js nor npm.
DENO = DENO_DIR=.deno_cache DENO_NO_UPDATE_CHECK=1 $(BIN)/deno
check: .venv/ready
	@$(BIN)/cfn-lint template.yaml infra/site.yaml infra/firewall.yaml infra/operations.yaml infra/access-logs.yaml
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/zizmor --offline --strict-collection --no-progress --quiet .github
	@$(DENO) check --quiet frontend
	@$(DENO) lint --quiet frontend


docs: .docs/ready
	@.docs/bin/zensical build --clean --strict

format: .venv/ready
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

models: .venv/serve
	@$(BIN)/cutout models build $(if $(CLEAN),--clean)

EVENT ?= tests/events/remove.json
OUT ?= answer.png
invoke: models .sam/ready
	@$(BIN)/python -m tools.invoke $(EVENT) $(OUT)

# With CHECK=1 only Cutout runs, and a figure below its floor in tools/floors.toml is an error.
evaluate: models
	@$(if $(CHECK),,$(MAKE) --no-print-directory peers || echo "evaluate: going on without rembg and OpenCV" >&2)
	@$(BIN)/python -m tools.quality $(if $(DATA),"$(DATA)") $(if $(CHECK),--check)

mattes: models peers
	@$(BIN)/python -m tools.quality --mattes

bench: models peers
	@$(BIN)/python -m tools.speed bench $(if $(QUICK),--quick) $(if $(BEFORE),--before "$(BEFORE)")

# Runs a command with Docker: the machine's, or Debian's for as long as the command runs.
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

SBOM = build/sbom.cdx.json
sbom: .venv/ready .supply/ready
	@$(BIN)/python -m tools.supply sbom $(SBOM)
	@.supply/bin/python tools/supply/validate.py $(SBOM)

checkov: .venv/ready .supply/ready
	@$(BIN)/python -m tools.supply checkov

audit: .venv/ready
	@$(BIN)/python -m tools.supply audit $(or $(VULNERABILITIES),$(error name a file: make audit VULNERABILITIES=all.zip))

MINUTES ?= 5
fuzz: .venv/ready .fuzz/ready
	@$(BIN)/python -m tools.fuzz --minutes $(MINUTES) $(TARGETS)

CALLS ?= 1000
SEED ?= 1
faults: .venv/ready .emulator/ready
	@$(BIN)/python -m tests.faults --calls $(CALLS) --seed $(SEED)

release: models .sam/ready
	@$(BIN)/python -m tools.release $(or $(VERSION),$(error name a version: make release VERSION=1.4.0)) \
	  $(if $(STANDIN),--standin)

ENV ?= dev
deploy: models .sam/ready
	@$(BIN)/python -m tools.deploy $(ENV) $(if $(filter 1,$(YES)),--yes)

status: .venv/ready
	@$(BIN)/python -m tools.deploy.status $(ENV)

rollback: .venv/ready
	@$(BIN)/python -m tools.deploy.rollback $(ENV) $(if $(TO),--to $(TO)) $(if $(filter 1,$(YES)),--yes)

destroy: .venv/ready .sam/ready
	@$(BIN)/python -m tools.deploy $(ENV) --destroy

# One resolution for Python 3.11 to 3.14. The lists of `make serve` and of Lambda are parts of it.
LOCK = $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes \
       --no-header --no-annotate --quiet
PART = $(LOCK) pyproject.toml --constraints requirements.txt --extra server --extra aws --extra heic
lock: .venv/serve
	$(LOCK) pyproject.toml --all-extras --group dev $(UPGRADE) --output-file requirements.txt
	$(PART) --extra build --group serve --output-file requirements-serve.txt
	$(PART) --group lambda --no-emit-package tqdm --no-emit-package colorama \
	  --output-file function/requirements.txt
	$(LOCK) --no-config tools/build.in --constraints requirements.txt --output-file tools/build.txt
	$(LOCK) --no-config tools/sam.in $(UPGRADE) --output-file tools/sam.txt
	$(LOCK) --no-config tools/emulator.in $(UPGRADE) --output-file tools/emulator.txt
	$(LOCK) --no-config tools/supply.in $(UPGRADE) --output-file tools/supply.txt
	$(LOCK) --no-config tools/fuzz.in $(UPGRADE) --output-file tools/fuzz.txt
	$(LOCK) --no-config tools/docs.in $(UPGRADE) --output-file tools/docs.txt
	$(LOCK) --no-config tools/peers.in $(UPGRADE) --output-file tools/peers.txt # with rembg's constraints

# Newer versions of everything that is pinned. Look at the difference, and run the tests, before a commit.
update: .venv/serve
	@$(MAKE) --no-print-directory lock UPGRADE=--upgrade
	@$(MAKE) --no-print-directory .venv/ready
	@$(CONTAINER) python -c 'from tools.container import base; print(base.pin())'
	@$(MAKE) --no-print-directory check sbom

# Environments. `make serve` needs .venv/serve; .venv/ready adds the developers' packages to the same
# folder, and `make serve` removes none of them. AWS SAM's command line, the local AWS and the compared
# tools have folders of their own, since their pins would restrict the versions of Cutout's packages.
CHECK_PYTHON = $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
  "Cutout needs Python 3.11 or newer, and this is " + sys.version.split()[0] + "; try make PYTHON=python3.12")'
# Tools and tests need the developers' packages. Recipes run one at a time, since they share .venv.
invoke evaluate mattes bench build test-container bench-container deploy release: .venv/ready
.NOTPARALLEL:
SET_UP = $(CHECK_PYTHON) && $(PYTHON) tools/environment.py

.venv/serve: requirements-serve.txt tools/build.txt pyproject.toml
	@$(SET_UP) .venv requirements-serve.txt --editable --stamp $@ --unless .venv/ready requirements.txt

.venv/ready: requirements.txt tools/build.txt pyproject.toml
	@$(SET_UP) .venv requirements.txt --editable --stamp .venv/serve $@

.peers/ready: AFTER = .peers/bin/python -c "import rembg" # the first import compiles for most of a minute
.emulator/ready .sam/ready .supply/ready .peers/ready .fuzz/ready .docs/ready: .%/ready: tools/%.txt | .venv/serve
	@$(SET_UP) .$* $<
	@$(AFTER)
	@touch $@

peers: .peers/ready
