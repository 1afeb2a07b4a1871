"""What crosses between interpreters arrives as it was sent, or is refused."""

from pathlib import Path
from typing import Any

import pytest

from storytime.ring.wire import ITEMS, PATH, decode, encode


@pytest.mark.parametrize(
    "value",
    [
        {PATH: "/a"},
        {PATH: "/a", "b": Path("/b")},
        {PATH: {PATH: Path("/a")}},
        {ITEMS: [["a", 1]]},
        {ITEMS: {ITEMS: {PATH: 1}}},
        {1: "a", 2.5: [{3: Path("/a")}], None: 0, "1": "b"},
        {True: 1, "True": 2},
        [{"a": {1: {}}}, {}],
    ],
)
def test_dicts_of_any_keys_arrive_as_they_were(value: Any) -> None:
    arrived = decode(encode(value))
    assert arrived == value
    assert repr(arrived) == repr(value)


@pytest.mark.parametrize("value", [{(1, 2): 3}, {Path("/a"): 1}, [{b"a": 1}], {"a": {1, 2}}])
def test_data_that_is_not_plain_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="expected plain data"):
        encode(value)
