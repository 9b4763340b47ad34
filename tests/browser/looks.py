"""A page as people see it: at the office by day and by night, on a phone, read out by a machine (axe)."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize

from tests.proof import PROOF

OFFICE: ViewportSize = {"width": 1366, "height": 768}
PHONE: ViewportSize = {"width": 390, "height": 844}
LOOKS = (("", OFFICE, "light"), ("at night on a phone", PHONE, "dark"))
"""Together they see each colour of day and night, and what only a large or only a small screen shows."""
OTHERS = (("at night", OFFICE, "dark"), ("on a phone", PHONE, "light"))
"""Looked at in the long versions, in which axe looks each time."""
ASK = """options => axe.run(document, options).then(found => found.violations.map(
    each => [each.id, each.help, each.nodes.slice(0, 3).map(node => node.html.slice(0, 160))]))"""


def troubles(page: Page) -> list[str]:
    """What axe finds on the page as it stands."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    found = page.evaluate(ASK, {"resultTypes": ["violations"], "preload": False})
    return [f"{rule} {says}: {nodes}" for rule, says, nodes in found]


def everywhere(page: Page, name: str, *, night: bool = PROOF) -> list[str]:
    """Whether anything sticks out in any look, with everything unfolded, and what axe finds: by day, and
    where `night`, which costs as much again, in every look."""
    found = []
    for where, size, scheme in LOOKS + OTHERS * PROOF:
        page.emulate_media(color_scheme=scheme)
        seen = _fits(page, size)
        if night or scheme == "light":
            seen += troubles(page)
        found += [f"{name} {where}: {each}" for each in seen]
    return found


def fits(page: Page, name: str) -> list[str]:
    """Whether anything sticks out, in the office or on a phone."""
    return [f"{name}: {each}" for size in (OFFICE, PHONE) for each in _fits(page, size)]


def _fits(page: Page, size: ViewportSize) -> list[str]:
    """Whether anything sticks out of a window of this size, folded or unfolded; unfolded it stays."""
    page.set_viewport_size(size)
    found = sticks_out(page, size)
    page.evaluate("document.querySelectorAll('main details').forEach(each => each.open = true)")
    return found + sticks_out(page, size)


def sticks_out(page: Page, size: ViewportSize) -> list[str]:
    width = page.evaluate("document.documentElement.scrollWidth")
    return [f"{width} of {size['width']} px"] if width > size["width"] else []
