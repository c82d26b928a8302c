# make run · make test · make lint · make accept-spine: everything a newcomer needs.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
export PYTHONDONTWRITEBYTECODE := 1

.PHONY: run stop status logs test long lint bench accept-spine accept-api accept-money accept-control broker system clean

# System packages come first: what is missing is said before minutes of downloads.
$(VENV)/installed: requirements.txt
	@PYTHON=$(PYTHON) sh bin/need python3-venv
	$(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

broker:
	@sh bin/need mosquitto

run: broker $(VENV)/installed
	$(PY) app.py

stop status logs: $(VENV)/installed
	@$(PY) app.py $@

system:
	@sh bin/need mosquitto postgresql chromium chromium-driver

test: system $(VENV)/installed
	$(PY) -m tests.run

long: system $(VENV)/installed
	WATTBOARD_LONG=1 $(PY) -m tests.run

lint: $(VENV)/installed
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

bench: $(VENV)/installed
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-bench.txt
	$(PY) -m bench $(if $(DATA),--data $(DATA),)

accept-spine: system $(VENV)/installed
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-bench.txt
	$(PY) -m bench.accept_spine --data $(or $(DATA),../shared/data)

accept-api: system $(VENV)/installed
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-bench.txt
	$(PY) -m bench.accept_api

accept-money: system $(VENV)/installed
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-bench.txt
	$(PY) -m bench.accept_money --data $(or $(DATA),../shared/data)

accept-control: system $(VENV)/installed
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-bench.txt
	$(PY) -m bench.accept_control

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .hypothesis
