"""pytest plugin: run a module's own tests once as it is, then once for each of some of its mutants.

    pytest -p tests.proofs.mutating --mutate huiying.cases.clocks --mutants 20 --mutants-to OUT.json tests/…

Each mutant lives in a forked child that gets the function's changed code, so that nothing is imported
twice; it is dead when a test fails or takes far too long. OUT.json says how many lived, and where.
"""

from __future__ import annotations

import functools
import gc
import importlib
import json
import os
import random
import resource
import select
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import hypothesis
import pytest
from django.db import connections

from tests.proofs.mutants import Mutant, mutants, mutated

PATIENCE = 5
"""A mutant that takes so many times as long as the healthy module does is in an endless loop."""
LEAST_SECONDS = 10
MEMORY = 6 * 2**30


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--mutate", metavar="MODULE")
    parser.addoption("--mutants", type=int, default=10, metavar="N")
    parser.addoption("--mutant-seed", default="1", metavar="WORD")
    parser.addoption("--mutants-to", type=Path, metavar="FILE")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Mutating(config), "mutating")


class Mutating:
    """The run: `failed` is the test that failed last, the order of `items` that of being quick to kill."""

    def __init__(self, config: pytest.Config) -> None:
        self.option = config.option
        self.failed = ""
        self.seconds: dict[str, float] = {}
        self.items: list[pytest.Item] = []

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
        house = hypothesis.settings.get_profile("house")
        hypothesis.settings.register_profile("mutants", house, database=None, phases=phases, derandomize=True)
        hypothesis.settings.load_profile("mutants")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0) + report.duration
        if report.failed:
            self.failed = report.nodeid

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.items = list(session.items)
        started = time.monotonic()
        self._run_all()
        if self.failed or not self.items:
            raise session.Failed(f"the tests fail without any mutant: {self.failed or 'there are none'}")
        self.items.sort(key=lambda item: self.seconds[item.nodeid])
        self.limit = max(LEAST_SECONDS, PATIENCE * (time.monotonic() - started))
        connections.close_all()
        module = importlib.import_module(self.option.mutate)
        healthy = next(f for f in vars(module).values() if isinstance(f, FunctionType))
        if not self._survives(healthy.__code__, healthy):
            raise session.Failed("a child that is no mutant dies, too")
        self._write(
            module, [(mutant, self._survives(code, target)) for mutant, code, target in self._chosen(module)]
        )
        session._setupstate.teardown_exact(None)
        return True

    def _run_all(self) -> None:
        """Every test until one fails; what the session holds stays set up for the next round."""
        for item, following in zip(self.items, [*self.items[1:], self.items[0]], strict=True):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if self.failed:
                return

    def _chosen(self, module: ModuleType) -> list[tuple[Mutant, CodeType, FunctionType]]:
        source, path = Path(str(module.__file__)).read_text("utf-8"), str(module.__file__)
        every = mutants(source)
        random.Random(self.option.mutant_seed).shuffle(every)
        chosen: list[tuple[Mutant, CodeType, FunctionType]] = []
        for mutant in every:
            target = function(module, mutant.function)
            if len(chosen) == self.option.mutants or target is None:
                continue
            code = mutated(source, mutant, path)
            if code.co_freevars == target.__code__.co_freevars:
                chosen.append((mutant, code, target))
        return chosen

    def _survives(self, code: CodeType, target: FunctionType) -> bool:
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            os.close(reading)
            self._live(code, target, writing)
        os.close(writing)
        killer = self._last_words(reading, child)
        os.close(reading)
        self.items.sort(key=lambda item: item.nodeid != killer)  # who killed one may kill the next
        return not killer

    def _live(self, code: CodeType, target: FunctionType, writing: int) -> None:
        """In the child, which never returns: become the mutant, run the tests, say who killed it."""
        killer = "the child itself"
        try:
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            changed = {id(old): new for old, new in _pairs(target.__code__, code)}
            gc.unfreeze()
            for thing in gc.get_objects():
                if type(thing) is FunctionType and id(thing.__code__) in changed:
                    thing.__code__ = changed[id(thing.__code__)]
                if type(thing) is functools._lru_cache_wrapper:  # isinstance would wake lazy objects
                    thing.cache_clear()
            self._run_all()
            killer = self.failed
        finally:
            os.write(writing, killer.encode()[:2000])
            os._exit(0)

    def _last_words(self, reading: int, child: int) -> str:
        ready, _, _ = select.select([reading], [], [], self.limit)
        if not ready:
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return os.read(reading, 2000).decode() if ready else "the clock"

    def _write(self, module: ModuleType, tried: list[tuple[Mutant, bool]]) -> None:
        name = Path(*module.__name__.split(".")).with_suffix(".py")
        survivors = [f"{name}:{m.line} {m.function} {m.what}" for m, survived in tried if survived]
        told: dict[str, Any] = {"tried": len(tried), "survivors": sorted(survivors)}
        self.option.mutants_to.write_text(json.dumps(told, ensure_ascii=False), "utf-8")


def _pairs(old: CodeType, new: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    """A function's code and that of the functions inside it, each with the mutant's."""
    yield old, new
    inner = ([c for c in code.co_consts if isinstance(c, CodeType)] for code in (old, new))
    for one, other in zip(*inner, strict=False):
        if (one.co_name, one.co_freevars) == (other.co_name, other.co_freevars):
            yield from _pairs(one, other)


def function(module: ModuleType, name: str) -> FunctionType | None:
    """The function that a module calls by a (dotted) name, from under its decorators; None where it hides."""
    thing: Any = module
    for part in name.split("."):
        thing = vars(thing).get(part)
        if thing is None:
            return None
    for inner in ("fget", "func", "__func__", "__wrapped__"):
        thing = getattr(thing, inner, None) or thing
    return thing if isinstance(thing, FunctionType) else None
