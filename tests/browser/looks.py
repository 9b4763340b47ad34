"""A page as people see it: at the office by day and by night, on a phone, read out by a machine (axe)."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

OFFICE = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}
ALL: dict[str, Any] = {}
COLOURS = ["color-contrast"]
CONTRAST = {"runOnly": {"type": "rule", "values": COLOURS}}
"""What the night changes: only colours."""
PLACES = {"rules": {rule: {"enabled": False} for rule in COLOURS}}
"""What a small screen changes: everything but colours, which take the most time to look at."""
LOOKS = (
    ("", OFFICE, "light", ALL),
    ("at night", OFFICE, "dark", CONTRAST),
    ("on a phone", PHONE, "light", PLACES),
)
ASK = """options => axe.run(document, options).then(found => found.violations.map(
    each => [each.id, each.help, each.nodes.slice(0, 3).map(node => node.html.slice(0, 160))]))"""


def troubles(page: Page, options: dict[str, Any] = ALL) -> list[str]:
    """What axe finds on the page as it stands."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    found = page.evaluate(ASK, {"resultTypes": ["violations"], "preload": False} | options)
    return [f"{rule} {says}: {nodes}" for rule, says, nodes in found]


def everywhere(page: Page, name: str) -> list[str]:
    """What axe finds in each light and size, and whether anything sticks out, with everything unfolded."""
    found = []
    for where, size, scheme, options in LOOKS:
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)
        said = sticks_out(page, size)
        page.evaluate("document.querySelectorAll('main details').forEach(each => each.open = true)")
        said += [*sticks_out(page, size), *troubles(page, options)]
        found += [f"{name} {where}: {each}" for each in said]
    return found


def sticks_out(page: Page, size: dict[str, int]) -> list[str]:
    width = page.evaluate("document.documentElement.scrollWidth")
    return [f"{width} of {size['width']} px"] if width > size["width"] else []
