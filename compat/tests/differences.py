"""What differs from 3.14 when others' tests are run, and what of 3.13 itself is the reason."""

import datetime

OWN_F_STRINGS = "this 3.13's own f-strings do the same: "


def report(whose: str, ran: int, failed: dict[str, str], expected: dict[str, str]) -> int:
    """Print what differs, with the reason where it was expected to; gives the exit code.

    `failed` has the traceback of each test that failed, `expected` the reason of each that should.
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


# Each of these is so on 3.13.0, and not on 3.13.18.


def f_strings_lose_continuations() -> bool:
    """Whether the text of `{x=}` lacks a line continuation after the `=`."""
    return eval('f"""{1 =\\\n}"""') != "1 =\\\n1"


def f_strings_cut_debug_text() -> bool:
    """Whether the text of `{x=}` is cut at a `#` that stands in a string."""
    return eval("""f'{"#"=}'""") != """"#"='#'"""


def f_strings_take_newlines_in_specs() -> bool:
    """Whether a format spec in single quotes may hold a newline."""
    try:
        compile("f'{1:d\n}'", "", "eval")
    except SyntaxError:
        return False
    return True


def raw_f_strings_decode_specs() -> bool:
    r"""Whether `\n` in the format spec of a raw string is a newline."""
    return eval(r"rf'{date:\n}'", {"date": datetime.date.min}) != r"\n"
