"""The pictures of docs/screens, taken from the running demonstration: `make screenshots`.

A town is made in a temporary house and served; Chromium walks through it as each of its people. Where
`pngquant` is installed, the pictures are made small with it.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import django
from django.urls import Resolver404, resolve
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from tests.browser.conftest import FLAGS, MISSING, NAMES

SCREENS = Path(__file__).parent.parent / "docs" / "screens"
OFFICE: ViewportSize = {"width": 1366, "height": 768}
PHONE: ViewportSize = {"width": 390, "height": 844}
PATIENCE_SECONDS = 60
LARGEST_BYTES = 60_000
COLOURS = ("64", "32", "16", "8")


class Picture(NamedTuple):
    """A screen: its file, the user who sees it, its address; with `link`, the first link to a page of that
    name which stands there."""

    name: str
    who: str
    path: str
    link: str = ""
    size: ViewportSize = OFFICE
    dark: bool = False


TABLE = (
    Picture("overview", "dispatcher", "/?period=2022-03"),
    Picture("overview-dark", "dispatcher", "/?period=2022-03", dark=True),
    Picture("intake", "operator", "/intake/"),
    Picture("dispatch", "dispatcher", "/dispatch/"),
    Picture("dispatch-case", "dispatcher", "/dispatch/", "dispatch_case"),
    Picture("rulings", "dispatcher", "/rulings/"),
    Picture("case", "dispatcher", "/cases/?status=returning", "case"),
    Picture("list", "dispatcher", "/cases/?status=open&sort=due"),
    Picture("inbox", "clerk_rs", "/inbox/"),
    Picture("inbox-phone", "clerk_rs", "/inbox/", size=PHONE),
    Picture("work", "clerk_rs", "/inbox/?tab=todo", "work"),
    Picture("review", "reviewer", "/review/"),
    Picture("review-reply", "reviewer", "/review/", "review_reply"),
    Picture("callback", "callback", "/callbacks/", "callback"),
    Picture("appeals", "reviewer", "/appeals/"),
    Picture("supervision", "supervisor", "/supervision/"),
    Picture("letter", "supervisor", "/supervision/", "letter"),
    Picture("board", "supervisor", "/board/"),
    Picture("alarms", "leader", "/alarms/"),
    Picture("hot", "leader", "/hot/?period=2022-03"),
    Picture("scores", "supervisor", "/intake/scores/"),
    Picture("knowledge", "operator", "/knowledge/"),
    Picture("figures", "leader", "/figures/?period=2022-03"),
    Picture("closing", "editor", "/closing/"),
    Picture("statement", "clerk_rs", "/closing/", "statement"),
    Picture("bulletin", "editor", "/bulletins/", "bulletin"),
    Picture("archiving", "reviewer", "/archiving/"),
    Picture("settings", "admin", "/settings/"),
    Picture("rules", "admin", "/settings/rules/"),
    Picture("calendar", "admin", "/settings/calendar/"),
    Picture("trail", "auditor", "/trail/"),
)
"""tests/test_screenshots.py says which page of the menu is missing."""


def main() -> None:
    SCREENS.mkdir(parents=True, exist_ok=True)
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        sys.exit(MISSING)
    with tempfile.TemporaryDirectory(prefix="huiying-screens-") as home:
        os.environ["HUIYING_HOME"] = home
        os.environ.pop("DATABASE_URL", None)
        os.environ["DJANGO_SETTINGS_MODULE"] = "huiying.settings"
        django.setup()
        made = json.loads(_huiying("demo", "--no-serve", "--json"))
        passwords = {row["username"]: row["password"] for row in made["accounts"]}
        with _served() as url, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
            for who, pictures in groupby(sorted(TABLE, key=lambda each: each.who), lambda each: each.who):
                page = _signed_in(browser, url, who, passwords[who])
                for picture in pictures:
                    _take(page, picture)
                page.context.close()
            browser.close()


def _huiying(*args: str) -> str:
    command = [sys.executable, "-m", "huiying", *args]
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE).stdout


@contextmanager
def _served() -> Iterator[str]:
    """The demonstration's address while it runs."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-m", "huiying", "serve", "--port", str(port)])
    try:
        _wait_for(port, server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=PATIENCE_SECONDS)


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    for _ in range(PATIENCE_SECONDS * 10):
        if server.poll() is not None:
            sys.exit(f"网站没有启动，退出码 {server.returncode}。")
        with socket.socket() as door:
            if door.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    sys.exit(f"网站 {PATIENCE_SECONDS} 秒内没有启动。")


def _signed_in(browser: Browser, url: str, who: str, password: str) -> Page:
    context = browser.new_context(base_url=url, locale="zh-CN", timezone_id="Asia/Shanghai")
    context.set_default_timeout(PATIENCE_SECONDS * 1000)
    page = context.new_page()
    page.goto("/")
    page.fill("input[name=username]", who)
    page.fill("input[name=password]", password)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda reached: "/sign-in/" not in reached)
    return page


def _take(page: Page, picture: Picture) -> None:
    page.set_viewport_size(picture.size)
    page.emulate_media(color_scheme="dark" if picture.dark else "light")
    page.goto(picture.path, wait_until="networkidle")
    if picture.link:
        page.goto(_first(page, picture), wait_until="networkidle")
    file = SCREENS / f"{picture.name}.png"
    page.screenshot(path=file, animations="disabled")
    _shrink(file)
    size = file.stat().st_size
    print(f"{file.name}  {size // 1000} kB")
    if size > LARGEST_BYTES:
        sys.exit(f"{file.name} 有 {size} 字节，超过 {LARGEST_BYTES}。请安装 pngquant 后再运行。")


def _first(page: Page, picture: Picture) -> str:
    """The first link of the page that leads to what the picture shows."""
    links = [link.get_attribute("href") or "" for link in page.query_selector_all("main a[href^='/']")]
    found = next((link for link in links if name_of(link) == picture.link), None)
    if found is None:
        sys.exit(f"{picture.path} 里没有可拍的条目（{picture.name}）。")
    return found


def name_of(address: str) -> str:
    """The name of the page that an address leads to, "" where it leads nowhere."""
    try:
        return resolve(address.partition("?")[0]).url_name or ""
    except Resolver404:
        return ""


def _shrink(file: Path) -> None:
    """With as many colours as the size allows."""
    if not shutil.which("pngquant"):
        return
    whole = file.read_bytes()
    for colours in COLOURS:
        file.write_bytes(whole)
        command = ["pngquant", "--force", "--strip", "--speed=1", f"--output={file}", colours, str(file)]
        subprocess.run(command, check=True)
        if file.stat().st_size <= LARGEST_BYTES:
            return


if __name__ == "__main__":
    main()
