"""Names of estates are learnt from the reports, where no ending tells them."""

from __future__ import annotations

from huiying.mining.place_names import learnt

TITLES = (
    "投诉云溪县金茂都汇开发商虚假宣传",
    "云溪县金茂都汇延期交房",
    "云溪县金茂都汇物业乱收费",
    "云溪县停车难何时解决",
)
BODIES = (
    "我们是金茂都汇业主，宣传的学校没有建。",
    "金茂都汇二期说好六月交房，现在还没有。",
    "住在金茂都汇小区，物业费涨了两次。",
    "小区内没有车位，全体业主意见很大，小区内只有一条路。",
)


def test_a_name_that_stands_before_what_follows_names_is_learnt() -> None:
    names = learnt(TITLES, BODIES)
    assert names.names == {"金茂都汇"}
    assert [(one.kind, one.text, one.start) for one in names.find("举报金茂都汇电梯")] == [
        ("place", "金茂都汇", 2)
    ]


def test_a_name_with_an_ending_is_still_found_whole_and_nothing_twice() -> None:
    names = learnt(TITLES, BODIES)
    assert [one.text for one in names.find("金茂都汇小区和滨河大道")] == ["金茂都汇小区", "滨河大道"]


def test_what_two_reports_write_is_no_name_yet() -> None:
    assert learnt(TITLES[:2], BODIES[:2]).names == frozenset()
    assert learnt((), ()).find("滨河大道") != []


def test_of_a_longer_and_a_shorter_name_that_stands_alone_too_the_shorter_is_learnt() -> None:
    titles = [*TITLES[:3], "云溪县恒远金茂都汇漏水"]
    bodies = [*BODIES[:3], "恒远金茂都汇业主家里漏水。"]
    assert learnt(titles, bodies).names == {"金茂都汇"}
