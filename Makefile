# Two commands matter: `make run` starts the gate, `make test` tests it. Both prepare the machine's .venv first.
# ARGS passes further flags on: make run ARGS="--listen 127.0.0.1:3128"; make test ARGS="-k masks".

.DEFAULT_GOAL := help
.PHONY: help venv run demo test cover check bench fuzz catalogue pages clean
MAKEFLAGS += --no-print-directory

# What the caller's shell exports must not put a stranger's modules before ours, nor keep bytecode from being kept:
# without it every start compiles some thousand files.
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV PYTHONDONTWRITEBYTECODE

PY := .venv/bin/python
POLICIES = $(filter-out %.test.yaml,$(wildcard policies/*.yaml))
PYTEST := $(PY) -m pytest -n 2 --dist loadfile -rs

help: ## Say what there is to make
	@awk -F':.*## ' '/^[a-z]+:.*## /{printf "make %-9s %s\n", $$1, $$2}' Makefile

venv: ## Find a Python and install everything from uv.lock into .venv
	@sh deploy/bootstrap.sh

run: venv ## Start the gate on 127.0.0.1:8080 with policies/default.yaml
	@exec .venv/bin/egress run $(ARGS)

demo: venv ## Send real requests through a gate of its own and show what arrives
	@exec $(PY) deploy/demo.py $(ARGS)

test: venv ## Run the whole test suite
	@exec $(PYTEST) $(ARGS)

cover: venv ## Run the tests and show which lines they reach
	@exec $(PYTEST) --cov --cov-report=term:skip-covered $(ARGS)

check: venv ## Run everything CI runs: lint, format, types, imports, policies, tests
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	$(PY) -m mypy
	.venv/bin/lint-imports
	.venv/bin/egress policy check $(POLICIES)
	$(PYTEST) $(ARGS)

bench: venv ## Compare the gate with stock mitmdump and the engine with presidio (BENCH_QUICK=1 for a glance; ARGS=soak)
	@exec $(PY) -m tests.bench $(ARGS)

fuzz: venv ## Fuzz the engine with atheris for ten minutes (ARGS=-max_total_time=SECONDS, or other options of libFuzzer)
	@$(PY) -c 'import atheris' 2>/dev/null || \
		.venv/uv/bin/uv sync --python $(PY) --frozen --inexact --no-install-project --quiet --group fuzz
	@exec $(PY) -m tests.fuzz.atheris_engine -max_total_time=600 $(ARGS)

catalogue: venv ## Measure the detectors on the made-up corpus and write detectors/README.md
	@exec $(PY) -m tests.corpus --write

pages: venv ## Write what is generated: policies/schema.json, codes.md, the reference in README.md, the rules in packs/
	.venv/bin/egress policy schema >policies/schema.json
	.venv/bin/egress policy codes >policies/codes.md
	{ sed '/^<!-- written by: egress policy schema/q' policies/README.md && echo && .venv/bin/egress policy schema --markdown; } \
		>policies/.README.md && mv policies/.README.md policies/README.md
	for page in policies/packs/*.md; do { sed '/^<!-- written by: egress policy show/q' "$$page" && echo && \
		.venv/bin/egress policy show "policies/$$(basename "$$page" .md).yaml"; } >"$$page.new" && mv "$$page.new" "$$page" || exit; done

clean: ## Remove .venv and caches; the gate's state (.egress: CA, audit) stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage .coverage.* build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
