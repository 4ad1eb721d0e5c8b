# Two commands do all the set-up: `make demo` and `make test`. Both make .venv when it is not there.
PYTHON ?= python3
SUDO := $(shell test "$$(id -u)" = 0 || echo sudo)
BIN := .venv/bin
export PYTHONDONTWRITEBYTECODE := 1
export MPLBACKEND := agg

.PHONY: help demo test quick unit notebooks lint check slow lowest wheel-test browser bench gallery docs clean
help:  ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.venv/base: pyproject.toml hatch_build.py
	@$(PYTHON) -c 'import sys; sys.exit("protestspread needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 ...") if sys.version_info < (3, 11) else None'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

.venv/dev: .venv/base
	$(BIN)/python -m pip install --quiet --editable . --group dev
	$(BIN)/python -m compileall -q -j 0 .venv/lib >/dev/null || true  # for the many processes of the tests
	@touch $@

demo: .venv/base  ## the case of January 2022: files to look at in demo/
	$(BIN)/protestspread demo --out demo

test: unit notebooks  ## all tests but the slow ones

quick: .venv/dev  ## the short tests: all cores, few examples, no browser, no pictures, no models
	HYPOTHESIS_PROFILE=quick $(BIN)/python -m pytest -q -n auto -m "not slow and not long" tests \
	  $(addprefix --ignore=tests/,browser golden fuzz models pictures calibration reference readers/test_many_rows.py)

unit: .venv/dev  ## the tests without the notebooks
	$(BIN)/python -m pytest -n auto

notebooks: .venv/dev  ## run the notebooks; CI does it by `make docs`
	$(BIN)/python -m pytest --nbmake notebooks

lint: .venv/dev  ## ruff, mypy and the layers of imports
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

check: unit lint docs  ## what CI runs

slow: .venv/dev  ## tests too long for CI: wheel, sdist and editable installs; calibration
	$(BIN)/python -m pytest -m slow

lowest: .venv/dev  ## run the tests against the lowest versions that pyproject.toml admits
	$(BIN)/python tests/lowest.py > .venv/lowest.txt
	test -x .venv-lowest/bin/python || $(PYTHON) -m venv .venv-lowest
	.venv-lowest/bin/python -m pip install --quiet --upgrade "pip>=25.1"
	.venv-lowest/bin/python -m pip install --quiet --editable . --group test --constraint .venv/lowest.txt
	.venv-lowest/bin/python -m pytest

browser:  ## what the tests in a real browser need: Debian's Chromium, fonts, axe-core
	command -v chromium >/dev/null || { $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core fonts-liberation; }
	cd tests/browser && npm install --no-save --no-package-lock --no-audit --no-fund --loglevel=error

bench: .venv/bench  ## measure next to other packages, in one run; writes docs/benchmarks.md
	Rscript -e 'library(surveillance)' >/dev/null 2>&1 || { $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq r-cran-surveillance; } || true
	$(BIN)/python benchmarks/run.py

.venv/bench: .venv/base
	$(BIN)/python -m pip install --quiet --editable . --group bench
	@touch $@

gallery: .venv/dev  ## draw docs/gallery anew, every picture of the case; needs `make browser`
	$(BIN)/python docs/gallery/make.py

docs: .venv/docs  ## the documentation site in build/docs/html; executes the notebooks; warnings are errors
	$(BIN)/sphinx-build -W --keep-going --quiet -j auto -b html -d build/docs/doctrees docs build/docs/html
	$(BIN)/python docs/check_site.py build/docs/html

.venv/docs: .venv/base
	$(BIN)/python -m pip install --quiet --editable . --group docs
	@touch $@

clean:  ## remove what was made
	rm -rf .venv .venv-lowest demo dist build
