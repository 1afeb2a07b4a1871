"""Every case gives 3.14's result (oracle.jsonl), except for the differences named here."""

import json
from pathlib import Path

import cases
import differences
import observations
import pytest
import syntax_errors

from storytime_compat import compile_source

ORACLE = Path(__file__).with_name("oracle.jsonl")
SAID = {
    (kind, case): said
    for kind, case, said in map(json.loads, ORACLE.read_text(encoding="utf-8").splitlines())
}

PREFIXES = "3.13 has no rule against these prefixes; it reads a name and a string"
ESCAPES = "3.13 gives only the end of a bad escape in an f-string, 3.14 also the start"
MIXED = "the error is, as on 3.15, that the literals are mixed"
CLASS_NAME = "3.13 names a class written in Python without its module"
DIFFERENT = {
    **dict.fromkeys(["bt'x'", "tb'x'", "ut'x'", "tu'x'", "ft'x'", "tf'x'"], PREFIXES),
    **dict.fromkeys(["t'\\N{foo}'", "t'\\x'", "t'\\u12'"], ESCAPES),
    **dict.fromkeys(["t'{x}'.nope", "t'{x}'()"], CLASS_NAME),
    "x = ('a'\n     t'b{x}'\n     'c')\n": f"{MIXED}; 3.14 guesses at a missing quote",
    "y = t'a' 'b'\nx = 'abc\n": f"{MIXED}; 3.14 prefers the unterminated string",
    't\'{) \n rt"""" a"""}\'': "3.13's tokenizer gives wrong positions after the parenthesis",
    "t'{x:f'{y z}'}'": "3.13 points after the quote that ends the t-string, 3.14 before it",
}


def own(text: str) -> str:
    return differences.OWN_F_STRINGS + text


if differences.f_strings_lose_continuations():
    continued = ["t'''{x =\\\n}'''", "t'''{x =\\\n!r}'''"]
    DIFFERENT |= dict.fromkeys(continued, own("a line continuation after `=` is lost"))
if differences.f_strings_cut_debug_text():
    case = "t'''{(\n   x, # t\"comment\"\n   \"#t'no'\", # {brace}\n)=}'''"
    DIFFERENT[case] = own("the text of a debug field loses what looks like a comment")
if differences.raw_f_strings_decode_specs():
    DIFFERENT['rt"{x:\\n}"'] = own("a raw string's format spec is decoded")
if differences.f_strings_take_newlines_in_specs():
    broken = ["t'{1:d\n}'", "t'{x:\n}'", "t'{x:%H\n}'"]
    DIFFERENT |= dict.fromkeys(broken, own("a format spec in single quotes may contain a newline"))
    old_words = ["t'{a! r}'", "t'{x!\nr}'", "from __future__ import nope\nt'{x}'"]
    DIFFERENT |= dict.fromkeys(old_words, own("an early 3.13 has other words or positions"))


def check(kind: str, case: str, seen: observations.Data) -> None:
    if case in DIFFERENT:
        assert seen != SAID[kind, case], f"no longer different: {DIFFERENT[case]}"
    else:
        assert seen == SAID[kind, case]


@pytest.mark.parametrize("case", cases.VALUES)
def test_t_string_has_the_value_that_it_has_on_3_14(
    case: str, recwarn: pytest.WarningsRecorder
) -> None:
    check("value", case, observations.value(compile_source, case))


@pytest.mark.parametrize("case", syntax_errors.ERRORS)
def test_syntax_error_is_that_of_3_14(case: str, recwarn: pytest.WarningsRecorder) -> None:
    seen = observations.syntax_error(compile_source, case)
    said = SAID["syntax_error", case]
    if seen and said and said[-1] is None:  # 3.14 has no line, since there is no file
        said[-1] = seen[-1]
    check("syntax_error", case, seen)


@pytest.mark.parametrize("case", cases.RAISING)
def test_exception_has_the_position_that_it_has_on_3_14(case: str) -> None:
    check("raised", case, observations.raised(compile_source, case))


@pytest.mark.parametrize("case", cases.WARNED)
def test_missing_comma_warning_is_that_of_3_14(case: str) -> None:
    check("warned", case, observations.warned(compile_source, case))


def test_oracle_was_recorded_for_these_cases() -> None:
    kinds = {
        "value": cases.VALUES,
        "syntax_error": syntax_errors.ERRORS,
        "raised": cases.RAISING,
        "warned": cases.WARNED,
    }
    assert list(SAID) == [(kind, case) for kind, those in kinds.items() for case in those]


def test_every_named_difference_is_a_case() -> None:
    assert DIFFERENT.keys() <= {case for _, case in SAID}
