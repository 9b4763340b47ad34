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

# What is compiled once is there for the hundred processes that the tests start
unexport PYTHONDONTWRITEBYTECODE

define LINT
$(BIN)/ruff check . && \
$(BIN)/ruff format --check . && \
$(BIN)/mypy && \
$(BIN)/lint-imports --no-cache && \
DATABASE_URL=sqlite:///:memory: $(BIN)/huiying makemigrations --check --dry-run && \
$(BIN)/djlint huiying --lint --quiet
endef

# A core each: lint and SQLite beside PostgreSQL and the browser; what the others said comes last. Any failure fails.
# What meets no database is tried once; on PostgreSQL the screens and what repeats itself in the long versions
PYTEST := $(BIN)/python -m pytest
test: setup
	@mkdir -p var; \
	( HUIYING_TEST_DB=postgres $(PYTEST) -m "not (pure or later)"; postgres=$$?; \
	$(PYTEST) -m "browser and not month" tests/browser || exit 1; exit $$postgres ) >var/test-others.txt 2>&1 & others=$$!; \
	trap 'trap - INT TERM; kill 0' INT TERM; \
	( $(LINT) ); lint=$$?; \
	$(PYTEST) -m "not browser"; sqlite=$$?; \
	wait $$others; others=$$?; cat var/test-others.txt; exit $$((lint | sqlite | others))

lint: setup
	$(LINT)

# The long versions: random steps, crashes, races, large data, mutations; and on either database what `make test`
# tries only on the other
proof: setup
	HUIYING_PROOF=1 $(PYTEST) -m "proof or month"
	HUIYING_PROOF=1 HUIYING_TEST_DB=postgres $(PYTEST) -m "proof or (later and not pure)"

# The pictures of docs/screens, from the running demonstration; small where pngquant is installed
screenshots: setup
	$(BIN)/python -m tests.screenshots

# After a change of dependencies in pyproject.toml: hashes of everything, the name of no registry
UV_COMPILE := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 \
	--no-emit-index-url --generate-hashes --no-header --quiet
lock: setup
	$(UV_COMPILE) -o locks/runtime.txt
	$(UV_COMPILE) --group dev -o locks/dev.txt
