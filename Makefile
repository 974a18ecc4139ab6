# Everything is done by ladder/setup.py, so that Windows needs no make:
#     py -m ladder.setup app
PYTHON ?= python3
PORT ?= 8501

.PHONY: app test check bench install models example

app:      ## install what is missing, prepare the example, serve on 127.0.0.1:8501
	@$(PYTHON) -m ladder.setup app --port $(PORT)

test:     ## ruff, mypy and every test
	@$(PYTHON) -m ladder.setup test

check:    ## ruff, mypy and the quick tests
	@$(PYTHON) -m ladder.setup check

bench:    ## each benchmark prints one comparison
	@$(PYTHON) -m ladder.setup bench

install:  ## the virtual environment alone
	@$(PYTHON) -m ladder.setup install

models:   ## get and verify the bundled models
	@$(PYTHON) -m ladder.setup models

example:  ## make the example project
	@$(PYTHON) -m ladder.setup example
