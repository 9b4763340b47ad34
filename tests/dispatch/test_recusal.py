"""The accused is not handed the case that accuses it."""

from __future__ import annotations

import pytest

from huiying.dispatch.recusal import Party, conflict

BUREAU = Party("market/", ("云溪县市场监管局", "市监局"))


@pytest.mark.parametrize("accused", ["market/", "market/east/", ""])
def test_the_accused_unit_and_those_above_it_are_recused(accused: str) -> None:
    assert "被反映单位" in conflict(BUREAU, accused=[accused], guarded=False, title="拖着不办")


def test_the_section_of_an_accused_bureau_is_recused() -> None:
    section = Party("market/east/", ("东区所",))
    assert conflict(section, accused=["market/"], guarded=False, title="")


def test_another_unit_is_not() -> None:
    assert conflict(BUREAU, accused=["water/"], guarded=True, title="自来水浑浊") == ""
    assert conflict(BUREAU, accused=[], guarded=False, title="市监局拖着不办") == ""


def test_where_reporters_are_guarded_the_name_in_the_title_is_enough() -> None:
    assert "市监局" in conflict(BUREAU, accused=[], guarded=True, title="举报市监局收费不开票")
