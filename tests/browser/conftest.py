"""A real Chromium on the running server. A page that logs an error or asks another host fails its test."""

import shutil
import subprocess
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from tests.browser.desks import PATIENCE

expect.set_options(timeout=PATIENCE)
NAMES = ["chromium", "chromium-browser", "google-chrome"]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--in-process-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost",
]
MISSING = (
    "没有找到 Chromium，浏览器测试未运行。"
    "Debian、Ubuntu 请运行 apt-get install chromium，macOS 请运行 brew install chromium。"
)

BLANK = "about:blank"
WINDOW = {"width": 1280, "height": 720}
FORGET = "localStorage.clear(), sessionStorage.clear(), '__pwClock' in window"
"""Forgets what pages keep in the browser, and says whether a test put a clock there, which would stay."""

HARMLESS = [
    "ERR_ABORTED",  # the test left the page before everything had loaded
    "htmx:sendAbort",  # the same, told by htmx
    "htmx:afterRequest",
    "/favicon.ico",  # asked for by itself where a page names no icon
]


def _runs(name: str) -> bool:
    """Whether this Chromium is here and starts: some systems ship a stub that only says where to get it."""
    program = shutil.which(name)
    return program is not None and not subprocess.run([program, "--version"], capture_output=True).returncode


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the whole run."""
    program = next(filter(_runs, NAMES), None)
    if program is None:
        pytest.skip(MISSING)
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright's event loop runs in the tests' own thread, where Django then refuses its queries
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        with playwright.chromium.launch(
            executable_path=shutil.which(program), headless=True, args=FLAGS
        ) as browser:
            yield browser


class Seats:
    """Windows to visit in. One that was left is wiped and given to the next: a new one costs as much as four
    pages."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.browser, self.url = browser, url
        self.free: dict[str, list[Page]] = defaultdict(list)

    @contextmanager
    def visitor(self, harmless: list[str], **options: Any) -> Iterator[Page]:
        """A page whose errors fail the test when it is left, but the harmless ones."""
        free = self.free[repr(sorted(options.items()))]
        page = free.pop() if free else self._opened(options)
        troubles: list[str] = []
        hears: dict[Any, Callable[[Any], None]] = {
            "pageerror": lambda error: troubles.append(f"script: {error}"),
            "console": lambda line: troubles.append(_told(line)) if line.type == "error" else None,
            "requestfailed": lambda request: troubles.append(f"failed: {request.url} {request.failure}"),
        }
        for event, hear in hears.items():
            page.on(event, hear)
        yield page
        if self._wiped(page):
            free.append(page)
        for event, hear in hears.items():
            page.remove_listener(event, hear)
        assert not [text for text in troubles if not any(known in text for known in harmless)]

    def _opened(self, options: dict[str, Any]) -> Page:
        known = {"base_url": self.url, "locale": "zh-CN", "timezone_id": "Asia/Shanghai"}
        return self.browser.new_context(**known | options).new_page()

    def _wiped(self, page: Page) -> bool:
        """Whether the page is as good as new; otherwise its window is closed."""
        if page.is_closed() or (page.url != BLANK and page.evaluate(FORGET)):
            page.context.close()
            return False
        for other in page.context.pages:
            if other is not page:
                other.close()
        page.goto(BLANK)
        page.context.clear_cookies()
        page.context.set_default_timeout(PATIENCE)
        page.set_viewport_size(WINDOW)
        page.emulate_media(media="null", color_scheme="null")
        return True


@pytest.fixture(scope="session")
def seats(browser: Browser, live_server: Any) -> Seats:
    return Seats(browser, live_server.url)


@pytest.fixture
def page(seats: Seats) -> Iterator[Page]:
    """An empty page of a fresh visitor; relative addresses are those of the running server."""
    with seats.visitor(HARMLESS) as page:
        yield page


@pytest.fixture
def desk_of(seats: Seats) -> Iterator[Callable[[Any], Page]]:
    """`desk_of(user)` is a browser of that user's own, signed in, without scripts if so asked; it may be told
    a refusal."""
    harmless = [*HARMLESS, "status of 409"]
    with ExitStack() as open_desks:

        def desk_of(user: Any, **options: Any) -> Page:
            page = open_desks.enter_context(seats.visitor(harmless, **options))
            _let_in(page, user, seats.url)
            return page

        yield desk_of


def _told(line: ConsoleMessage) -> str:
    return f"{line.text} {line.location.get('url', '')}"


@pytest.fixture
def sign_in(page: Page, seats: Seats) -> Callable[[Any], Page]:
    """`sign_in(user)` gives the page to that user without going through the form."""

    def sign_in(user: Any) -> Page:
        _let_in(page, user, seats.url)
        return page

    return sign_in


def _let_in(page: Page, user: Any, url: str) -> None:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    page.context.add_cookies([{"name": "sessionid", "value": str(session.session_key), "url": url}])
