"""What the machine makes of a request that is being taken in: topic, nature, unit. A person confirms each.

Asked by the screens: the model in use where there is one, else the names of things (`cold_start`).
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache

from huiying.cases.place import Place
from huiying.common.errors import Refused
from huiying.mining import cold_start, learning
from huiying.mining.classify import Model, Verdict
from huiying.mining.models import ModelVersion

log = logging.getLogger(__name__)

SHORTEST = 4
"""Fewer characters than these say nothing yet."""


@dataclass(frozen=True, eq=False)
class Reader:
    """The models of the moment; reading a text with one takes less than a millisecond."""

    place: Place
    versions: Mapping[str, ModelVersion]

    def guess(self, kind: str, text: str, among: Collection[str]) -> Verdict | None:
        """What the text is, of the codes in `among`; None where there is nothing to go by."""
        if len(text.strip()) < SHORTEST or not among:
            return None
        model = self._model(kind)
        verdict = model.predict(text, among=among) if model else None
        return verdict if verdict and verdict.words else None

    def learnt(self, kind: str) -> bool:
        """Whether cases taught it the kind; else it knows only names."""
        return kind in self.versions

    def _model(self, kind: str) -> Model | None:
        version = self.versions.get(kind)
        if version:
            try:
                return learning.read(version)
            except Refused as refusal:  # the screens go on without; doctor and the log say what is wrong
                log.error("%s", refusal)
        return _named(self.place, kind)


@lru_cache(maxsize=4)
def reader(place: Place) -> Reader:
    """The models in use now; asked for once per revision of the place, like its words."""
    return Reader(place, learning.versions())


@lru_cache(maxsize=8)
def _named(place: Place, kind: str) -> Model | None:
    names = learning.names(place, kind)
    return cold_start.named(names) if len(names) > 1 else None
