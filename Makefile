# 回应 Huiying — make demo 跑起一个镇，make test 全部验一遍。A running town; the whole proof of it.
BIN := .venv/bin
.NOTPARALLEL:
.PHONY: demo setup test lint proof screenshots lock

demo: setup
	$(BIN)/huiying demo

# Python and its packages into .venv; Chromium, pdftotext and Chinese fonts where apt-get can bring them
setup: .venv/ready
	@sh .ci/tools

.venv/ready: locks/dev.txt pyproject.toml
	@sh .ci/venv

# Both databases at once, a core each; what PostgreSQL's run said comes after the other. Any failure fails.
# What meets no database is tried once. The browser sees the same pages of both: on PostgreSQL it works the
# month, and the rest in the long versions
ON_POSTGRES := month or not (browser or pure)
test: setup
	@mkdir -p var; HUIYING_TEST_DB=postgres $(BIN)/python -m pytest -m "$(ON_POSTGRES)" >var/test-postgres.txt 2>&1 & other=$$!; \
	trap 'kill $$other; exit 130' INT TERM; \
	$(MAKE) lint; lint=$$?; \
	$(BIN)/python -m pytest; sqlite=$$?; \
	wait $$other; postgres=$$?; cat var/test-postgres.txt; exit $$((lint | sqlite | postgres))

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	DATABASE_URL=sqlite:///:memory: $(BIN)/huiying makemigrations --check --dry-run
	$(BIN)/djlint huiying --lint --quiet

# The long versions: random steps, crashes, races, large data, mutations; on both databases
proof: setup
	HUIYING_PROOF=1 $(BIN)/python -m pytest -m proof
	HUIYING_PROOF=1 HUIYING_TEST_DB=postgres $(BIN)/python -m pytest -m proof
	HUIYING_TEST_DB=postgres $(BIN)/python -m pytest -m "browser and not month"

# The pictures of docs/screens, from the running demonstration; small where pngquant is installed
screenshots: setup
	$(BIN)/python -m tests.screenshots

# After a change of dependencies in pyproject.toml: hashes of everything, the name of no registry
UV_COMPILE := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 \
	--no-emit-index-url --generate-hashes --no-header --quiet
lock: setup
	$(UV_COMPILE) -o locks/runtime.txt
	$(UV_COMPILE) --group dev -o locks/dev.txt
