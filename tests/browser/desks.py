"""The people of the office at their screens: what each does, told in the words of buttons and labels.

Every desk is a browser of its own. Pages are opened by address, as from a bookmark; everything that changes
something is done by labels and buttons.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from playwright.sync_api import Locator, Page, expect

Fields = Mapping[str, str | list[str] | bool]
PATIENCE = 30_000
"""Milliseconds: a busy machine is no failure."""
NUMBER = re.compile(r"[A-Z]\d{10}")


class Desk:
    """One person's browser."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.set_default_timeout(PATIENCE)

    def open(self, path: str) -> None:
        self.page.goto(path, wait_until="domcontentloaded")

    def told(self, words: str) -> str:
        """Wait until the page says so, and give the whole sentence."""
        said = self.page.get_by_role("status").filter(has_text=words).first
        expect(said).to_be_visible(timeout=PATIENCE)
        return said.inner_text()

    def press(self, name: str, within: Locator | None = None, *, exact: bool = True) -> None:
        """Press a button that brings a new page."""
        button = (within or self.page.locator("main")).get_by_role("button", name=name, exact=exact)
        with self.page.expect_navigation(wait_until="domcontentloaded"):
            button.click()

    def put(self, fields: Fields, within: Locator | None = None) -> None:
        """Fill in fields by what their labels begin with."""
        where = within or self.page.locator("main")
        for label, value in fields.items():
            field = where.get_by_label(re.compile(rf"^\s*{re.escape(label)}")).first
            if isinstance(value, bool):
                field.set_checked(value)
            elif isinstance(value, list) or field.evaluate("node => node.matches('select')"):
                field.select_option(label=value)
            else:
                field.fill(value)

    def unfold(self, title: str, within: Locator) -> Locator:
        """Open what is folded under a title, and give it."""
        folded = within.locator("details").filter(has=self.page.locator("summary", has_text=title)).first
        folded.locator("summary").first.click()
        return folded

    def move(self, number: str, title: str, unit: str = "", **fields: str | list[str]) -> None:
        """Make a move on the case's page."""
        self.open(f"/cases/{number}/")
        moves = self.page.get_by_role("region", name="我可以办理")
        name = re.compile(rf"^\s*{title}\s*{unit}")
        folded = moves.locator("details.move").filter(has=self.page.locator("summary").filter(has_text=name))
        if folded.count():
            folded.first.locator("summary").click()
            self.put(fields, folded.first)
            self.press(title, folded.first)
        else:
            self.press(title, moves)
        self.told(f"已{title}")


class Operator(Desk):
    def log(self, title: str, way: str = "登记转办", **fields: str | bool) -> str:
        """Take a call in, and give the number the case got."""
        if "/intake/" not in self.page.url:
            self.open("/intake/")
        body = fields.pop("诉求内容", f"{title}，请尽快处理。")
        self.put({"标题": title, "诉求内容": body, **fields})
        self.press(way, exact=False)
        found = NUMBER.search(self.told("已登记"))
        assert found, "the desk tells the number"
        return found.group()

    def transfer(self, to: str, **typed: str) -> None:
        """Give the caller to another number; what is typed stays."""
        self.put(typed)
        self.press(f"转 {to}", exact=False)
        self.told(f"已记下：转 {to}")

    def take_back(self) -> None:
        self.press("回接")
        self.told("已回接")


class Dispatcher(Desk):
    def dispatch(self, number: str, lead: str, *co: str, masked: bool = False) -> None:
        self.open(f"/dispatch/{number}/")
        self.put({"牵头单位": lead} | {f"协办单位 {n}": name for n, name in enumerate(co, 1)})
        if masked:
            self.put({"隐去诉求人": True})
        self.press("派单")
        self.told(f"已将 {number} 派给{lead}")

    def dispatch_many(self, numbers: Iterable[str], lead: str) -> None:
        self.open("/dispatch/")
        for number in numbers:
            self.page.get_by_label(f"勾选 {number}").check()
        self.put({"勾选的都派给": lead})
        self.press("派出勾选的")

    def undo(self) -> None:
        self.press("撤销派单")
        self.told("已撤销 1 件派单")

    def rule(self, number: str, decision: str, **fields: str) -> None:
        """Decide a unit's request."""
        self.open("/rulings/")
        asked = self.page.locator("main section.card").filter(has_text=number).first
        folded = asked.locator("details").filter(has=self.page.locator(f"summary:text('{decision}')")).first
        folded.locator("summary").click()
        self.put(fields, folded)
        self.press(decision, folded)
        self.told(f"{number}：已{decision}")

    def amend(self, number: str, record: int, **fields: str) -> None:
        self.open(f"/cases/{number}/")
        self.page.get_by_role("link", name="更正记录").click()
        self.page.get_by_role("link", name=f"更正 第 {record} 条").click()
        self.put(fields)
        self.press("更正")
        self.told("已更正")


class Clerk(Desk):
    """Of a unit; its head, too."""

    def claim(self, *numbers: str) -> None:
        self.open("/inbox/?tab=claim")
        for number in numbers:
            self.page.get_by_label(f"选中 {number}").check()
        self.press("认领选中的件")
        self.told(f"已认领 {len(numbers)} 件")

    def task(self, number: str, on: int = 1) -> None:
        self.open(f"/cases/{number}/task/{on}/")

    def contact(self, number: str, said: str, on: int = 1) -> None:
        self.task(number, on)
        form = self.unfold("记录一次联系", self.page.locator("main"))
        self.put({"内容": said}, form)
        self.press("记录联系", form)
        self.told("已记录联系情况")

    def write(self, number: str, answer: str, on: int = 1, *, at_once: bool = False) -> None:
        """Write the three texts; with `at_once` they go to the office, as in a unit of one person."""
        self.task(number, on)
        self.put(
            {
                "办理情况": f"经现场核实，{answer}",
                "与群众联系记录": "电话告知办理结果，对方知悉。",
                "公开答复": f"您好，您反映的问题{answer}感谢您的监督。",
            }
        )
        self.press("直接反馈" if at_once else "保存这一稿")
        self.told("已反馈" if at_once else "稿")

    def revise(self, number: str, note: str, on: int = 1) -> None:
        self.task(number, on)
        self.put({"修改意见": note})
        self.press("退给经办人修改")
        self.told("已退给经办人修改")

    def sign(self, number: str, on: int = 1) -> None:
        """Approve the draft and hand it in."""
        self.task(number, on)
        self.press("审签同意")
        self.told("已审签")
        self.press("反馈给办公室")
        self.told("已反馈")

    def ask(self, number: str, title: str, on: int = 1, **fields: str) -> None:
        """Ask the office for something: 退办 or 延期."""
        self.task(number, on)
        form = self.unfold(f"申请{title}", self.page.get_by_role("region", name="向办公室申请"))
        self.put(fields, form)
        self.press(f"申请{title}", form)
        self.told(f"已申请{title}")

    def drop_return(self, number: str, on: int = 1) -> None:
        self.task(number, on)
        self.press("撤回退办申请")
        self.told("已撤回退办申请")

    def give(self, number: str, on: int = 1, **fields: str) -> None:
        """Give a part of the work to a section or a person of the unit."""
        self.task(number, on)
        form = self.unfold("分办给", self.page.locator("main"))
        self.put(fields, form)
        self.press("分办", form)
        self.told("已分办给")

    def answer_part(self, number: str, result: str, on: int = 1) -> None:
        self.open("/inbox/?tab=parts")
        self.page.get_by_role("link", name=number).click()
        self.put({"办理结果": result})
        self.press("反馈分办结果")
        self.told("已反馈分办结果")

    def appeal(self, number: str, reason: str) -> None:
        self.open("/appeals/")
        form = self.unfold(number, self.page.locator("main"))
        self.put({"申诉理由": reason}, form)
        self.press("申诉", form)
        self.told("已提交")


class Reviewer(Desk):
    def release(self, number: str, on: int = 1) -> None:
        self.open(f"/review/{number}/{on}/")
        self.press("发布答复", exact=False)
        self.told(f"{number} 的答复已发布")

    def send_back(self, number: str, reason: str, note: str, on: int = 1) -> None:
        self.open(f"/review/{number}/{on}/")
        self.put({"退回重办的理由": reason, "要求": note})
        self.press("退回重办")
        self.told(f"{number} 的答复已退回重办")

    def bulk(self, title: str, *numbers: str, status: str) -> None:
        """One move on many cases of the list."""
        self.open(f"/cases/?status={status}")
        for number in numbers:
            self.page.get_by_label(f"选中 {number}").check()
        self.press(title)
        expect(self.page.get_by_role("heading", name=f"{title}：办成 {len(numbers)} 件")).to_be_visible()

    def rule_appeal(self, number: str, verdict: str, note: str) -> None:
        self.open("/callbacks/")
        menu = self.page.get_by_role("navigation", name="主要栏目")
        menu.get_by_role("link", name="申诉", exact=True).click()
        appeal = self.page.locator("article").filter(has_text=number)
        self.put({"裁定理由": note}, appeal)
        self.press(verdict, appeal)
        self.told(f"{number}：")


class Caller(Desk):
    """The call-back staff."""

    def call(
        self, number: str, outcome: str = "接通", *, solved: str = "", satisfied: str = "", **more: str
    ) -> None:
        self.open("/callbacks/")
        self.page.get_by_role("region", name="待回访").get_by_role("link", name=number).click()
        talk = self.page.get_by_role("region", name="登记回访")
        for words in filter(None, (outcome, solved, satisfied)):
            talk.get_by_role("radio", name=re.compile(f"^{words}")).check()
        self.put(more, talk)
        self.press("登记", talk)
        self.told(f"{number} 的回访已登记")


class Supervisor(Desk):
    def urge(self, number: str, tab: str) -> None:
        self.open("/supervision/")
        self.page.get_by_role("link", name=re.compile(f"^{tab}")).click()
        self.press(f"催办 {number}")
        self.told(f"已催办 {number}")

    def letter(self, number: str, **fields: str) -> None:
        self.open(f"/supervision/{number}/letter/")
        self.put(fields)
        self.press("编号并发出")
        self.told("发出督办函")

    def decide(self, number: str, verdict: str, note: str) -> None:
        """Whether a case whose citizen is not content is taken up again."""
        self.open("/callbacks/")
        self.page.get_by_role("region", name="建议重办").get_by_role("link", name=number).click()
        self.put({"理由": note}, self.page.get_by_role("region", name="是否重办"))
        self.press(verdict)
        self.told(number)
