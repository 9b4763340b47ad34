"""At last the largest groups take in what belongs to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from huiying.mining.gathering import _joined


class Told:
    """Reports of which some belong to the group that has the first, and none to another."""

    def belonging(self, group: Sequence[int]) -> set[int]:
        return {0, 1, 2, 3, 4, 5, 7, 10} if 0 in group else set()


def test_a_group_takes_in_most_of_a_smaller_one_and_what_is_left_but_nothing_of_another() -> None:
    told: Any = Told()
    drawn = [[7, 8, 9], [0, 1, 2, 3], [4, 5, 6]]
    assert list(_joined(told, drawn)) == [[0, 1, 2, 3, 4, 5, 6, 10], [7, 8, 9]]
