"""Alarms: which series of counts rose suddenly, how many persons came with one matter, which words call for
a look. Pure.

Rises. A series is a topic, a place or a matter; it is counted in windows of 24 hours, all ending at the same
time of day, the last one now. The window of now is held against what the series' own past lets expect:

    level      the mean of the eight weeks before, without the last two days (EARS C2: a rise must not be its
               own history), past outbreaks weighed down by their Anscombe residual (Noufaily 2013);
    day        × a factor for the kind of day, pooled over all series, because one village has too few;
    spread     quasi-Poisson: never under Poisson, drawn towards what all series show;
    limit      negative binomial with the level's own uncertainty in it (Jeffreys), so that "never yet" does
               not make one report a sensation;
    season     the same test against the same five weeks of each year that there is (Farrington 1996). Where
               that makes the window ordinary (every November the heating), there is no alarm.

False alarms. `budget` is how many a day of all series together may be expected where nothing happens: each
of `series × looks` tests has its share. Measured by simulation, see docs/alarms.md. Matters are found because
they stand out; for them the rate is not stated.

Cold start. With less than four weeks there is no "usual": then only `COLD` reports in a window are an alarm,
and it says so.

Farrington, Andrews, Beale, Catchpole (1996): A statistical algorithm for the early detection of outbreaks of
infectious disease, JRSS A 159. Noufaily et al. (2013): An improved algorithm for outbreak detection in
multiple surveillance systems, Statistics in Medicine 32. Hutwagner et al. (2003): EARS, J Urban Health 80.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

BASELINE = 56
"""Windows (days) of the recent past that say what is usual."""
GAP = 2
LEAST_HISTORY = 28
YEAR = 364
"""Whole weeks, so that a Monday is held against Mondays."""
AROUND = 17
COLD = 10
OUTBREAK = 2.58
"""Anscombe residual from which on a past window is weighed down (Noufaily 2013)."""
DRAWN = 28
"""As many windows' worth of the spread of all series is mixed into that of each."""
USUAL = (0.05, 0.95)


@dataclass(frozen=True, slots=True)
class Rise:
    """One series above its limit. Counts are reports in 24 hours.

    `usual` is what nine in ten windows of the past stay between; `limit` the first count that is an
    alarm; `chance` how probable so many or more are where nothing happens; of a `cold` rise 1.
    """

    key: str
    count: int
    expected: float
    usual: tuple[int, int]
    limit: int
    chance: float
    cold: bool = False


def rises(
    series: Mapping[str, Sequence[int]],
    kinds: Sequence[Hashable],
    *,
    budget: float = 0.1,
    looks: int = 6,
    least: int = 3,
) -> list[Rise]:
    """The series whose last window is above its limit, the least probable first.

    `series`: by key the reports in each window of 24 hours, the oldest first, the last is now. `kinds`: what
    kind of day each window is (any labels). `budget`: expected false alarms a day, over all series and all
    `looks` of a day; hourly looks overlap and count as six. `least`: fewer reports are never an alarm. Raises
    ValueError where lengths differ.
    """
    import numpy as np

    if any(len(counts) != len(kinds) for counts in series.values()):
        raise ValueError("每个序列的时段数须与日子类别数相同。")
    if not series or not kinds:
        return []
    keys = list(series)
    counts = np.array([series[key] for key in keys], dtype=float)
    now = counts[:, -1]
    if len(kinds) <= LEAST_HISTORY:
        return _cold(keys, counts, max(COLD, least))
    share = min(0.05, budget / (len(keys) * looks))
    factors = _factors(counts, kinds)
    found = [_against(counts, factors, past, share) for past in _pasts(len(kinds))]
    chance, limit = np.max([each[0] for each in found], 0), np.max([each[1] for each in found], 0)
    expected = found[0][2]
    above = [int(i) for i in np.flatnonzero((chance <= share) & (now >= least))]
    return [
        Rise(
            keys[i],
            int(now[i]),
            float(expected[i]),
            usual(series[keys[i]]),
            max(least, int(limit[i])),
            float(chance[i]),
        )
        for i in sorted(above, key=lambda i: (chance[i], keys[i]))
    ]


def _cold(keys: list[str], counts: Any, least: int) -> list[Rise]:
    """Without a past: what is much by any measure."""
    found = []
    for key, row in zip(keys, counts, strict=True):
        if row[-1] >= least:
            past = row[:-1] if len(row) > 1 else [0.0]
            usual = (int(min(past)), int(max(past)))
            found.append(Rise(key, int(row[-1]), float(sum(past)) / len(past), usual, least, 1.0, cold=True))
    return sorted(found, key=lambda rise: (-rise.count, rise.key))


def _pasts(windows: int) -> list[list[int]]:
    """Which windows now is held against: the recent ones, and the same weeks of each year there is."""
    last = windows - 1
    recent = list(range(max(0, last - GAP - BASELINE), last - GAP))
    years = range(last - YEAR, AROUND - 1, -YEAR)
    return [recent, *(list(range(at - AROUND, at + AROUND + 1)) for at in years)]


def _factors(counts: Any, kinds: Sequence[Hashable]) -> Any:
    """How busy each window's kind of day is beside all days, as all series together show."""
    import numpy as np

    total, past = counts.sum(axis=0), _pasts(len(kinds))[0]
    mean = total[past].mean()
    if not mean:
        return np.ones(len(kinds))
    drawn = 2.0  # so many ordinary days are added to each kind: a kind hardly seen yet is ordinary
    busy = {}
    for kind in set(kinds):
        same = [i for i in past if kinds[i] == kind]
        busy[kind] = (total[same].sum() / mean + drawn) / (len(same) + drawn)
    return np.array([max(0.2, busy[kind]) for kind in kinds])


def _against(counts: Any, factors: Any, past: list[int], share: float) -> tuple[Any, Any, Any]:
    """For each series how probable its last window is after some past, the limit, and what was expected."""
    import numpy as np
    from scipy.stats import nbinom

    seen, exposure = counts[:, past], np.broadcast_to(factors[past], (len(counts), len(past)))
    weights = np.ones_like(seen)
    for _ in range(3):
        reports, days = (weights * seen).sum(axis=1) + 0.5, (weights * exposure).sum(axis=1)
        mean = (reports / days)[:, None] * exposure
        spread = _spread(seen, mean, weights)
        residual = 1.5 * (seen ** (2 / 3) * mean ** (-1 / 6) - mean**0.5) / np.sqrt(spread)[:, None]
        weights = np.where(residual > OUTBREAK, 1 / np.maximum(residual, 1) ** 2, 1.0)
    ahead = factors[-1]
    expected = reports / days * ahead
    variance = spread * (expected + reports * (ahead / days) ** 2)
    size, chance_of_end = expected**2 / (variance - expected), expected / variance
    chance = nbinom.sf(counts[:, -1] - 1, size, chance_of_end)
    return chance, nbinom.isf(share, size, chance_of_end) + 1, expected


def _spread(seen: Any, mean: Any, weights: Any) -> Any:
    """Variance over mean of each series, drawn towards that of all; at least 1."""
    squares = (seen - mean) ** 2 / mean
    free = squares.shape[1] - 1
    pooled = max(1.0, squares.sum() / (free * len(squares)))
    own = ((weights * squares).sum(axis=1) + DRAWN * pooled) / (free + DRAWN)
    return own.clip(min=pooled)


# Counting


def windows(times: Iterable[datetime], now: datetime, days: int) -> list[int]:
    """How many of the instants lie in each of the last `days` windows of 24 hours before `now`."""
    counts = [0] * days
    for time in times:
        back = (now - time - timedelta.resolution) // timedelta(days=1)
        if 0 <= back < days:
            counts[days - 1 - back] += 1
    return counts


def told(rise: Rise, subject: str, persons: int) -> str:
    """Why, in a sentence: “搅拌站扰民 24小时12件、11人；往常每天0–2件”."""
    head = f"{subject} 24小时{rise.count}件、{persons}人"
    if rise.cold:
        return f"{head}；历史不足{LEAST_HISTORY}天，按满{rise.limit}件提示"
    return f"{head}；往常每天{between(rise.usual)}件"


def usual(counts: Sequence[int]) -> tuple[int, int]:
    """What nine in ten windows of one series' recent past stay between."""
    past = sorted(counts[i] for i in _pasts(len(counts))[0])
    return (
        (past[int(len(past) * USUAL[0])], past[min(len(past) - 1, int(len(past) * USUAL[1]))])
        if past
        else (0, 0)
    )


def between(usual: tuple[int, int]) -> str:
    """“0–2”, or one number where both are the same."""
    low, high = usual
    return f"{low}–{high}" if high > low else str(low)
