# make demo | install | web | test | quick | bench — from a fresh clone with Python 3.11 or newer, make, and Node 20 for the map.
SHELL := /bin/sh
VENV ?= .venv
BIN := $(VENV)/bin
PORT ?= 8000
ARGS ?=
# The versions of constraints.txt are those of Python 3.11, so that one is taken first where there are several.
FIND_PYTHON = for p in python3.11 python3 python3.12 python3.13; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; exit; }; done

.PHONY: demo install web test quick check types coverage smoke bench chromium clean

demo: install web
	$(BIN)/baimai demo --port $(PORT) $(ARGS)

install: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml constraints.txt
	@python=$$($(FIND_PYTHON)); \
	if [ -z "$$python" ]; then echo "Baimai needs Python 3.11 or newer; none was found as python3.11 or python3." >&2; exit 2; fi; \
	[ -x $(BIN)/python ] || $$python -m venv $(VENV)
	$(BIN)/python -m pip install -q -c constraints.txt hatchling editables setuptools # json2html, which gtfs-kit draws in, is built here
	$(BIN)/python -m pip install -q -c constraints.txt --no-build-isolation -e '.[test,bench]'
	@touch $@

# The map pages. Without Node everything else works, and / says how to build them.
web:
	@if ! { command -v npm && node -e 'const [a, b] = process.versions.node.split("."); process.exit(+(a < 20 || (a == 20 && b < 19)))'; } >/dev/null 2>&1; then \
		echo "Node 20.19 or newer with npm was not found: the map pages are not built, the API and the boards work without them."; \
	elif [ -f server/web/package.json ]; then $(MAKE) -s --no-print-directory server/web/dist/.built; fi

# `npm install --no-save` keeps to the lock file; `npm ci` would refuse it, as it lists no rollup of other systems.
WEB_SOURCES := $(shell find server/web -path '*/node_modules' -prune -o -path '*/dist' -prune -o -type f -print 2>/dev/null)
server/web/dist/.built: $(WEB_SOURCES)
	cd server/web && npm install --no-save --no-audit --no-fund --loglevel=error && npm run build
	@touch $@

# Everything CI runs; pytest comes last, so its summary ends the output. It runs every bench once with --smoke (tests/bench).
test: install web chromium check types coverage
	$(BIN)/pytest -n auto

quick: install check types
	$(BIN)/pytest -n auto -m "not slow and not browser"

check: install
	$(BIN)/ruff check .
	$(BIN)/lint-imports

types: install
	$(BIN)/mypy

# The lines of the kernels are counted with the JIT off: compiled code has none.
coverage: install
	NUMBA_DISABLE_JIT=1 $(BIN)/pytest -q -n auto tests/transit/kernels tests/signals/kernels tests/parking/kernels tests/feeds/kernels tests/feeds/test_gtfs_rt.py \
		tests/feeds/test_gtfs_rt_write.py tests/feeds/test_positions_json.py --cov=transit.kernels --cov=signals.kernels --cov=parking.kernels --cov=feeds.kernels \
		--cov-report=term-missing:skip-covered --cov-fail-under=90

smoke: install
	@if [ -f bench/__main__.py ]; then $(BIN)/python -m bench all --smoke; fi

bench: install
	$(BIN)/python -m bench all $(ARGS)

# The page tests need a Chromium: one that is here, or Debian's where this may be installed.
chromium:
	@if [ -n "$$BAIMAI_TEST_CHROMIUM" ]; then exit; fi; \
	for name in chromium chromium-browser google-chrome google-chrome-stable; do command -v $$name >/dev/null && exit; done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Debian's chromium for the tests of the pages."; \
		install="apt-get install -y -qq --no-install-recommends chromium"; \
		$$install >/dev/null 2>&1 || { apt-get update -qq >/dev/null 2>&1 && $$install >/dev/null; } || \
		echo "It could not be installed: install a Chromium, or name one in BAIMAI_TEST_CHROMIUM." >&2; \
	else echo "No Chromium was found: install the package chromium, or name one in BAIMAI_TEST_CHROMIUM." >&2; fi

clean:
	rm -rf $(VENV) server/web/dist server/web/node_modules
