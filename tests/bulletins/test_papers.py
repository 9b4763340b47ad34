"""The papers of a case as content: their parts, in order, and nothing where there is nothing."""

from dataclasses import replace
from datetime import UTC, date, datetime

from huiying.bulletins import papers
from huiying.bulletins.content import Heading, Paragraph, Table, Title, shown
from huiying.bulletins.fonts import Fonts
from huiying.bulletins.papers import Answer, Counted, Demand, Facts, Given, Limit, Reckoned
from huiying.bulletins.render_docx import render_docx
from huiying.bulletins.render_text import render_text
from huiying.statistics.charts import em_width

FACTS = Facts(
    office="云溪县热线办",
    place="云溪县",
    number="R2022030001",
    title="东街自来水浑浊",
    body=("已有三天。", "", "请尽快处理。"),
    about=(("渠道", "热线"), ("上级编号", "")),
    person=(("诉求人", "何某某"),),
    given=(
        Given("县水务局", "牵头", "办理中", "2022-03-01 10:00", "2022-03-01 11:00", ""),
        Given("县住建局", "协办", "待认领", "2022-03-01 10:00", "", ""),
    ),
    limits=(Limit("答复时限", "县水务局", "2022-03-15", "办理规程第10条"),),
    answers=(Answer("县水务局", "更换了管段。\n\n已通水。", "", "水管已更换。"),),
    course=(("2022-03-01 09:00", "登记受理"),),
    printed_on=date(2022, 3, 15),
    printed_at=datetime(2022, 3, 15, 2, tzinfo=UTC),
)
DEMAND = Demand(
    "督办函〔2022〕1号", "县住建局", date(2022, 3, 15), date(2022, 3, 18), "请说明原因。\n请书面反馈。"
)


def said(content) -> list[str]:
    return [shown(block.runs) for block in content.blocks if isinstance(block, Paragraph)]


def test_every_form_begins_with_its_title_and_names_the_case() -> None:
    for form in papers.FORMS.values():
        content = papers.paper(form, FACTS)
        assert content.blocks[0] == Title(f"云溪县热线办{form.title}")
        assert content.title == f"R2022030001 {form.title}"
        assert "R2022030001" in render_text(content)


def test_what_is_empty_is_left_out() -> None:
    text = render_text(papers.paper(papers.FORMS["acceptance"], FACTS))
    assert "上级编号" not in text
    bare = replace(FACTS, body=(), limits=(), given=(), answers=(), course=())
    blocks = papers.paper(papers.FORMS["handling"], bare).blocks
    assert [block.caption for block in blocks if isinstance(block, Table)] == ["诉求件"]
    assert "除标题外没有登记内容。" in said(papers.paper(papers.FORMS["acceptance"], bare))


def test_the_handover_is_addressed_to_all_units_and_led_by_one() -> None:
    lines = said(papers.paper(papers.FORMS["handover"], FACTS))
    assert lines[0] == "县水务局、县住建局："
    assert "由县水务局牵头办理，县住建局协办" in lines[1]


def test_the_handling_record_gives_each_text_by_its_lines() -> None:
    content = papers.paper(papers.FORMS["handling"], FACTS)
    assert Heading(2, "县水务局的答复") in content.blocks
    lines = said(content)
    assert lines[2:5] == ["办理情况：更换了管段。", "已通水。", "公开答复：水管已更换。"]


def test_the_dates_beside_the_signatures_stand_below_each_other() -> None:
    signed = [line for line in said(papers.paper(papers.FORMS["handling"], FACTS)) if line.endswith("日期：")]
    assert len(signed) == 3
    assert len({em_width(line) for line in signed}) == 1


def test_a_letter_is_signed_to_the_right_within_the_line() -> None:
    lines = said(papers.letter(FACTS, DEMAND))
    assert lines[1] == "县住建局："
    assert "于2022-03-01 10:00派单至你单位" in lines[2]
    assert "请于2022年3月18日前办理完毕" in lines[2]
    assert lines[3:5] == ["督办要求：请说明原因。", "请书面反馈。"]
    for line in (lines[0], lines[-2], lines[-1]):
        assert line.startswith(papers.SPACE)
        assert papers.LINE_EMS - 3 <= em_width(line) <= papers.LINE_EMS
    assert lines[-1].endswith("2022年3月15日")


def test_the_same_paper_gives_the_same_bytes() -> None:
    one, two = (render_docx(papers.letter(FACTS, DEMAND), fonts=Fonts()) for _ in range(2))
    assert one == two


RECKONED = Reckoned(
    office="云溪县热线办",
    place="云溪县",
    unit="县水务局",
    period="2022年3月",
    cut_off="2022-03-31 24:00",
    due="2022-04-08",
    rows=(Counted("R2022030001", "东街自来水浑浊", "03-01", "03-03 09:00", "", "转办量、未按时认领"),),
    totals=(("转办量", "1"), ("未按时认领", "1")),
    disputes=(("R2022030001", "认领时间不对，应为3月2日：系统故障", "采纳"),),
    confirmed="",
    printed_on=date(2022, 4, 2),
    printed_at=datetime(2022, 4, 2, 2, tzinfo=UTC),
)


def test_a_statement_lists_each_case_and_what_they_come_to_and_asks_for_signatures() -> None:
    content = papers.statement(RECKONED)
    assert content.blocks[0] == Title("2022年3月诉求办理对账单")
    lines = said(content)
    assert "计入你单位的1件，统计截至2022-03-31 24:00，共计转办量1，未按时认领1。请逐件核对" in lines[1]
    assert any(line.startswith("单位负责人：") for line in lines)
    assert [b.caption for b in content.blocks if isinstance(b, Table)] == ["计入的件", "异议和裁定"]
    assert "R2022030001\t东街自来水浑浊\t03-01\t03-03 09:00\t\t转办量、未按时认领" in render_text(content)


def test_a_confirmed_statement_says_by_whom_instead() -> None:
    lines = said(papers.statement(replace(RECKONED, confirmed="已由陈静于4月3日确认。", disputes=())))
    assert "已由陈静于4月3日确认。" in lines
    assert not any("经办人" in line or "请逐件核对" in line for line in lines)
