"""`huiying bench` measures the hint while somebody types: other words of the town each time, cut short."""

from __future__ import annotations

from huiying.ops import bench, bench_screens
from tests import make


def test_the_hint_is_asked_for_words_of_the_town_as_they_are_being_typed(
    db, monkeypatch, django_assert_max_num_queries
) -> None:
    monkeypatch.setattr(bench_screens, "TYPED", ((4, 0), (60, 8)))
    make.town()
    cases = [make.case("东街路灯不亮", body="东街邮局门口的三盏路灯一周没有亮。") for _ in range(2)]
    monkeypatch.setattr(bench_screens, "TOLD", cases[-1].pk)
    told = bench_screens.typed()
    assert told == [("东街路灯", ""), ("东街路灯不亮", "东街邮局门口的三")]
    (screen,) = bench.chosen(["hint"])
    assert screen.part
    with django_assert_max_num_queries(screen.queries):
        found = screen.part(*told[0])
    assert {near.case for near in found.near} == {*cases}  # type: ignore[attr-defined]
