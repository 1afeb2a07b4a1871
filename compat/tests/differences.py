"""Reports how others' tests differ from 3.14, and finds defects of this 3.13 that explain it."""

import datetime

OWN_F_STRINGS = "f-strings of this 3.13 do the same: "


def report(whose: str, ran: int, failed: dict[str, str], expected: dict[str, str]) -> int:
    """Print the differences, with the reasons of the expected ones, and return the exit code.

    `failed` maps each failed test to its traceback, `expected` each test that should fail to the
    reason.
    """
    unexpected, vanished = failed.keys() - expected.keys(), expected.keys() - failed.keys()
    for name in sorted(failed.keys() & expected.keys()):
        print(f"differs, as expected: {name}\n    {expected[name]}")
    for name in sorted(unexpected):
        print(f"DIFFERS: {name}\n{failed[name]}")
    for name in sorted(vanished):
        print(f"NO LONGER DIFFERS: {name}")
    print(f"{ran} tests of {whose}: {ran - len(failed)} as on 3.14")
    return 1 if unexpected or vanished or not ran else 0


# 3.13.0 has all of these defects, 3.13.18 none.


def f_strings_lose_continuations() -> bool:
    """Return True if the text of `{x=}` lacks a line continuation after the `=`."""
    return eval('f"""{1 =\\\n}"""') != "1 =\\\n1"


def f_strings_cut_debug_text() -> bool:
    """Return True if the text of `{x=}` is cut at a `#` in a string."""
    return eval("""f'{"#"=}'""") != """"#"='#'"""


def f_strings_take_newlines_in_specs() -> bool:
    """Return True if a format spec in single quotes may contain a newline."""
    try:
        compile("f'{1:d\n}'", "", "eval")
    except SyntaxError:
        return False
    return True


def raw_f_strings_decode_specs() -> bool:
    r"""Return True if `\n` in the format spec of a raw string is a newline."""
    return eval(r"rf'{date:\n}'", {"date": datetime.date.min}) != r"\n"
