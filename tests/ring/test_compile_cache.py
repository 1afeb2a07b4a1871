"""What one warm-up compiled, the next ones use, and it is the same."""

import os
import re
import subprocess
import sys
from binascii import a2b_base64
from pathlib import Path

import pytest

from storytime.ring import InterpreterRing, compile_cache
from storytime.ring.isolation import Kind

from .. import ring_jobs
from ..serving_support import ROOT
from ..support import run_python

PATTERNS = [
    ("", 0),
    ("a", re.IGNORECASE),
    (r"(?P<first>\d+)-(?P<second>\w+)|(c)", 0),
    (r"(?P<first>\d+)-(?P<second>\w+)|(c)", re.ASCII),
    (r"(?<=a)[^b-y]{2,5}?(?=z)(?!zz)(?:x|(y))*+\1", re.MULTILINE | re.DOTALL),
    (r"[äöü\u3040-\u30ff\U0001f600]+ # a comment", re.VERBOSE),
    (r"(?i:a)(?>b+)(?(1)c|d)?()", 0),
]

SAME = f"""
import re, sys
from dataclasses import dataclass, field
from storytime.ring import compile_cache

def patterns():
    re.purge()
    return [re.compile(*each) for each in {PATTERNS!r}]

def classes():
    @dataclass(order=True)
    class Point:
        x: int
        y: list = field(default_factory=list, repr=False)

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Frozen:
        name: str = "n"

    return Point, Frozen

expected = patterns()
compile_cache.use(0)
made = patterns()
assert made == expected  # they compare by what they were compiled to
for one, two in zip(made, expected):
    assert (one.groups, one.groupindex) == (two.groups, two.groupindex)
Point, Frozen = classes()
assert Point(1) < Point(2, [1]) and repr(Point(1)) == "classes.<locals>.Point(x=1)"
assert Point(1) == Point(1, []) != Point(1, [2])
assert hash(Frozen(name="a")) == hash(Frozen(name="a")) and Frozen() == Frozen(name="n")
print(compile_cache.compiled(), end="")
"""


def kept() -> bytes:
    with compile_cache.kept.file() as file:
        return os.pread(file.fileno(), 10**7, 0)


@pytest.mark.usefixtures("unmeasured")
@pytest.mark.parametrize("isolation", ["auto", "process"])
def test_a_warm_up_compiles_only_what_none_before_it_did(
    monkeypatch: pytest.MonkeyPatch, isolation: Kind
) -> None:
    monkeypatch.setenv("NAME", isolation)
    with InterpreterRing(warm_up=ring_jobs.compile_anew, isolation=isolation) as ring:
        compiled = [ring.run(ring_jobs.compiled) for _ in range(5)]
        # If other rings came before, only what two interpreters compiled is kept, and when the
        # second of them has, the third is already warming up.
        assert compiled[0] == ["pattern", "class"]
        assert compiled[3:] == [[], []]
        before = kept()
        ring.run(ring_jobs.compiled)
        assert kept() == before, "a pattern that is another each time isn't kept"


def test_what_is_kept_makes_the_same_patterns_and_classes(tmp_path: Path) -> None:
    def compiled(kept: bytes) -> str:
        (tmp_path / "kept").write_bytes(kept)
        command = [sys.executable, "-W", "error", "-bb", "-c", SAME]
        with (tmp_path / "kept").open() as file:
            return subprocess.run(
                command, cwd=ROOT / "src", stdin=file, stdout=subprocess.PIPE, text=True, check=True
            ).stdout

    new = compiled(b"")
    assert len(new) > 1000
    assert compiled(a2b_base64(new)) == ""


def test_threads_that_compile_at_once_get_their_own_patterns() -> None:
    texts = [f"{number:03}" * 20 for number in range(1, 400)]
    script = f"""
import os, re
from concurrent.futures import ThreadPoolExecutor
from storytime.ring import compile_cache

compile_cache.use(os.open(os.devnull, os.O_RDONLY))
texts = {texts!r}
with ThreadPoolExecutor(8) as pool:
    list(pool.map(re.compile, texts))
re.purge()
assert not [text for text in texts if not re.fullmatch(text, text)]
"""
    ended = run_python("-c", script, cwd=ROOT / "src")
    assert ended.returncode == 0, ended.stderr
