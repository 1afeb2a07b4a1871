"""Records, on Python 3.14, the results with which the tests compare 3.13."""

import json
import warnings
from pathlib import Path

import cases
import observations
import syntax_errors

ORACLE = Path(__file__).with_name("oracle.jsonl")


def compile_as_it_is(source: bytes, path: str) -> object:
    return compile(source, path, "exec", dont_inherit=True)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    said = [
        *(("value", case, observations.value(compile_as_it_is, case)) for case in cases.VALUES),
        *(
            ("syntax_error", case, observations.syntax_error(compile_as_it_is, case))
            for case in syntax_errors.ERRORS
        ),
        *(("raised", case, observations.raised(compile_as_it_is, case)) for case in cases.RAISING),
        *(("warned", case, observations.warned(compile_as_it_is, case)) for case in cases.WARNED),
    ]
    ORACLE.write_text(
        "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in said), encoding="utf-8"
    )
