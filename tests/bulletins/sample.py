"""An invented bulletin of an invented county: everything a renderer may meet, in one document."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from huiying.bulletins.content import (
    Annex,
    Block,
    Chart,
    Column,
    Content,
    Distribution,
    Figure,
    Heading,
    Masthead,
    Matter,
    Note,
    Number,
    Paragraph,
    Run,
    Table,
    Text,
    Title,
)
from huiying.statistics.charts import column_chart, hbar_chart

AS_OF = datetime(2023, 5, 31, 16, tzinfo=UTC)
TITLE = "2023年5月份“12345”政务服务便民热线、政民互动和网络留言办理情况通报"
DAILY = (
    9,
    12,
    7,
    0,
    14,
    8,
    11,
    16,
    10,
    6,
    5,
    13,
    9,
    8,
    21,
    12,
    7,
    9,
    10,
    4,
    6,
    15,
    12,
    11,
    9,
    8,
    5,
    3,
    10,
    12,
    9,
)
UNITS = ("县人社局", "县住建局", "县农水局", "县市场监管局", "县医保局", "云溪镇", "石桥乡", "枫林镇")
DEALT = (34, 52, 12, 41, 18, 23, 9, 9)


def figure(
    key: str, shown: str, *, computed: str = "", reason: str = "", measure: str = "received"
) -> Figure:
    value = Decimal(shown.rstrip("%"))
    return Figure(
        key,
        "热线",
        measure,
        (("nature", "咨询"),),
        AS_OF,
        AS_OF,
        value,
        None,
        value,
        computed or shown,
        shown,
        reason,
    )


def number(key: str, shown: str) -> Number:
    return Number(figure(key, shown))


def paragraph(
    *runs: str | Run, proposal: bool = False, cases: tuple[str, ...] = (), indent: bool = True
) -> Paragraph:
    return Paragraph(
        tuple(Text(run) if isinstance(run, str) else run for run in runs), proposal, cases, indent
    )


def cells(*values: str) -> tuple[tuple[Run, ...], ...]:
    return tuple((Text(value),) if value else () for value in values)


def counted(name: str, row: str, *values: str, note: str | None = None) -> tuple[tuple[Run, ...], ...]:
    """A table row whose numbers are figures."""
    numbers = tuple((number(f"T{row}-{i}", value),) for i, value in enumerate(values))
    return (*cells(row, name), *numbers, *(() if note is None else cells(note)))


def units_table() -> Table:
    columns = (
        Column("序号", 12),
        Column("单位", 36, "left"),
        Column("转办", 18),
        Column("已回复\n（条）", 20),
        Column("办理中", 18),
        Column("逾期\n办理", 18),
        Column("办结率", 20),
        Column("备注", 28, "left"),
    )
    rows = tuple(
        counted(name, str(i), str(n), str(n), "0", "0", "100%", note="含退办件1件" if i == 4 else "")
        for i, (name, n) in enumerate(zip(UNITS, DEALT, strict=True), start=1)
    )
    total = counted("合计", "", "198", "198", "0", "0", "100%", note="")
    return Table("政务服务便民热线（市长热线）", columns, total, rows)


def mailbox_table() -> Table:
    columns = (Column("序号", 14), Column("单位", 60, "left"), Column("转办", 41), Column("按时回复率", 41))
    rows = tuple(counted(f"第{i}承办单位", str(i), "2", "100%") for i in range(1, 31))
    total = (*cells("合计", ""), (number("M", "60"),), (number("R", "100%"),))
    return Table("政府网站信箱留言（县长信箱）", columns, total, rows)


def daily_chart() -> Chart:
    labels = tuple(str(day) for day in range(1, 32))
    svg = column_chart(labels, DAILY, title="5月份每日来电", unit="件")
    return Chart("5月份每日来电", svg, labels, tuple(Decimal(n) for n in DAILY), "件")


def units_chart() -> Chart:
    svg = hbar_chart(UNITS, DEALT, title="各单位承办件数", unit="件")
    return Chart("各单位承办件数", svg, UNITS, tuple(Decimal(n) for n in DEALT), "件")


MASTHEAD = Masthead("云溪政务公开", "通报", 3, 27, "云溪县人民政府办公室", date(2023, 6, 5))
ANNEX = Annex("附件", "市“12345”政务服务便民热线及政府网站信箱留言转办情况", "2023年5月")


def blocks() -> tuple[Block, ...]:
    return (MASTHEAD, Title(TITLE), *_overall(), *_problems(), *_ending())


def _overall() -> tuple[Block, ...]:
    return (
        Heading(1, "一、总体情况"),
        Heading(2, "（一）全县“12345”热线电话受理情况"),
        paragraph(
            "5月份，全县“12345”政务服务便民热线共受理各类来电",
            number("F1", "291"),
            "件，日均受理",
            number("F2", "9"),
            "件。其中，咨询类",
            number("F3", "120"),
            "件、反映类",
            number("F4", "160"),
            "件、投诉类",
            number("F5", "11"),
            "件，分别占比",
            number("F6", "41.24%"),
            "、",
            number("F7", "54.98%"),
            "、",
            Number(figure("F8", "3.78%", computed="3.8%", reason="与上月写法一致")),
            "；群众反映的热点问题依次是：城乡建设、劳动人事、公安民政司法、政务服务、交通出行。"
            "热线直办93件，后台转办198件，反馈198件，办结198件，办结率100%。",
        ),
        daily_chart(),
        Heading(2, "（二）热线留言办理情况"),
        Heading(3, "1. 市长热线办理情况。"),
        paragraph(
            "市长热线转办14件，交办14件，办结14件。主要反映",
            Matter("RX2023050017", "云溪镇枫树村水渠渗漏问题"),
            "、",
            Matter("", "某小区电梯停运问题"),
            "；市长热线热点问题主要为社会事业与民生保障类、食品安全监督类、城乡建设与环境保护类。",
        ),
        paragraph(
            "办理情况较好的单位有：县人社局、县市场监管局。",
            proposal=True,
            cases=("RX2023050017", "RX2023050020"),
        ),
        paragraph("本月无逾期办理（未按时回复）的单位。"),
        units_chart(),
    )


def _problems() -> tuple[Block, ...]:
    long = (
        "各单位要提高政治站位，充分认识做好政务服务便民热线、政民互动和网络留言办理的重要性，高度重视群众关切，"
        "严格规范各类投诉、咨询的受理、批转、办理、反馈等流程，做到按时认领、及时答复（联系：office@example.cn）。"
    )
    steps = (paragraph(f"{word}是进一步提高思想认识。{long}{long}") for word in "一二三四")
    return (
        Heading(1, "二、存在问题"),
        paragraph("1. 多数单位办理后续跟踪问效不够。", indent=False),
        paragraph("2. 部分答复质量不高，如“A&B <公司>”类诉求答复中*照抄*条文、#编号混乱、$费用$不明。"),
        Heading(1, "三、下一步工作安排"),
        *steps,
    )


def _ending() -> tuple[Block, ...]:
    return (
        paragraph(f"附件：{ANNEX.title}"),
        Distribution(("市政务公开办",), ("各乡镇人民政府", "县直政务公开责任单位")),
        ANNEX,
        units_table(),
        mailbox_table(),
        Note(
            "注：两个或两个以上单位共同承办的政务服务便民热线及政府网站信箱留言，本表只统计牵头单位信息数。"
        ),
    )


def content(*only: Block) -> Content:
    """The whole sample, or a bulletin of the given blocks."""
    return Content(
        place="云溪县",
        style="县级通报",
        period="2023-05",
        starts_on=date(2023, 5, 1),
        ends_on=date(2023, 5, 31),
        as_of=AS_OF,
        known_at=AS_OF,
        edition="internal",
        title=TITLE,
        blocks=only or blocks(),
    )


def without_space(text: str) -> str:
    return "".join(text.split())
