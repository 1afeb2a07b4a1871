"""The claims about Storytime beside the best of its peers, which may be another for each figure."""

from collections.abc import Iterator, Mapping
from operator import attrgetter

from ..claims import AT_MOST, Claim, ratio
from .comparison import Times

STORYTIME = "Storytime"
LEAD = 0.95
"""Of the best peer's time after an edit."""
SOON = 60
"""Milliseconds from a save to the pixels."""
STARTS = {300: 0.33, 3000: 0.5}
"""Of the best peer's time to the first pixels, by the number of stories."""
GROWTH = 1.3
"""A helper's edit among ten times the stories."""


def claims(times: Mapping[int, Mapping[str, Times]]) -> Iterator[Claim]:
    """Yield all claims in the order of the report; `times[stories][tool's name]` was measured."""

    def own(what: str, stories: int) -> float | None:
        return _median(times.get(stories, {}).get(STORYTIME), what)

    def compared(what: str, stories: int) -> float | None:
        tools = times.get(stories, {}).items()
        peers = [_median(each, what) for name, each in tools if name != STORYTIME]
        best = min((each for each in peers if each is not None), default=None)
        return ratio(own(what, stories), best)

    for mark in ("story", "helper"):
        for stories in STARTS:
            what = f"{mark}'s edit, save to pixels, {stories:,} stories"
            yield Claim(f"{what}: of the best peer's", compared(mark, stories), AT_MOST, LEAD)
            yield Claim(what, own(mark, stories), AT_MOST, SOON, " ms")
    yield Claim(
        "helper's edit, save to pixels, 3,000 : 300 stories",
        ratio(own("helper", 3000), own("helper", 300)),
        AT_MOST,
        GROWTH,
    )
    for stories, bound in STARTS.items():
        what = f"start to first pixels, {stories:,} stories: of the best peer's"
        yield Claim(what, compared("start", stories), AT_MOST, bound)


def _median(times: Times | None, what: str) -> float | None:
    figures = times and attrgetter(what)(times)
    return figures.median if figures and figures.values else None
