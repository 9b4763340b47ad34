"""The pictures of docs/screens, taken from the running demonstration: `make screenshots`.

A town is made in a temporary house and served; Chromium walks through it as the dispatcher. Where
`pngquant` is installed, the pictures are made small with it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from tests.browser.conftest import FLAGS, MISSING, NAMES

SCREENS = Path(__file__).parent.parent / "docs" / "screens"
SIZE: ViewportSize = {"width": 1366, "height": 768}
WHO = "dispatcher"
PATIENCE_SECONDS = 60
LARGEST_BYTES = 200_000
COLOURS = "128"


def main() -> None:
    SCREENS.mkdir(parents=True, exist_ok=True)
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        sys.exit(MISSING)
    with tempfile.TemporaryDirectory(prefix="huiying-screens-") as home:
        os.environ["HUIYING_HOME"] = home
        os.environ.pop("DATABASE_URL", None)
        made = json.loads(_huiying("demo", "--no-serve", "--json"))
        password = next(row["password"] for row in made["accounts"] if row["username"] == WHO)
        with _served() as url, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
            page = _signed_in(browser, url, password)
            for name, path in _addresses(page).items():
                _take(page, name, path)
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


def _signed_in(browser: Browser, url: str, password: str) -> Page:
    context = browser.new_context(
        base_url=url, viewport=SIZE, locale="zh-CN", timezone_id="Asia/Shanghai", color_scheme="light"
    )
    page = context.new_page()
    page.goto("/")
    page.fill("input[name=username]", WHO)
    page.fill("input[name=password]", password)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(f"{url}/")
    return page


def _addresses(page: Page) -> dict[str, str]:
    """What is shown: the month of the bulletin, a return waiting for its ruling, the draft."""
    return {
        "overview": "/?period=2022-03",
        "case": _first(page, "/cases/?status=returning", r"/cases/[^/?]+/"),
        "bulletin": _first(page, "/bulletins/", r"/bulletins/\d+/"),
    }


def _first(page: Page, listing: str, pattern: str) -> str:
    """The first link of a list whose whole address is like the pattern."""
    page.goto(listing)
    links = [link.get_attribute("href") or "" for link in page.query_selector_all("main a[href]")]
    found = next((link for link in links if re.fullmatch(pattern, link)), None)
    if found is None:
        sys.exit(f"{listing} 里没有可拍的条目。")
    return found


def _take(page: Page, name: str, path: str) -> None:
    page.goto(path, wait_until="networkidle")
    picture = SCREENS / f"{name}.png"
    page.screenshot(path=picture, animations="disabled")
    if shutil.which("pngquant"):
        subprocess.run(
            ["pngquant", "--force", "--strip", "--speed=1", f"--output={picture}", COLOURS, str(picture)],
            check=True,
        )
    size = picture.stat().st_size
    print(f"{picture.name}  {size // 1000} kB")
    if size > LARGEST_BYTES:
        sys.exit(f"{picture.name} 有 {size} 字节，超过 {LARGEST_BYTES}。请安装 pngquant 后再运行。")


if __name__ == "__main__":
    main()
