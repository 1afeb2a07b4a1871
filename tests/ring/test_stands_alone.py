"""The package `storytime.ring` copied away, in an environment without Storytime."""

import shutil
from importlib.util import find_spec
from pathlib import Path

import storytime.ring

from ..support import run_python

USER = """
from pathlib import Path
import os
import apart

class Mistake(Exception):
    def to_data(self):
        return {"text": str(self)}

    @classmethod
    def from_data(cls, data):
        return cls(data["text"])

def warm_up():
    os.warmed = True

def echo(value):
    return [value, os.getpid(), getattr(os, "warmed", False)]

def fail():
    raise ValueError("no such colour")

def mistake():
    raise Mistake("mend it")

def spin():
    apart.report("uses", "a file")
    apart.report("at", "a place", latest=True)
    while True:
        pass

def nobodys(filename):
    return "library"

left = []

def leave(items):
    left.extend(items)

def collect():
    return left

def hand_on(items):
    os.handed_on = items

def handed_on():
    return getattr(os, "handed_on", [])
"""

SCRIPT = """
import asyncio, os, sys
import user
from apart import InterpreterRing, JobRaised, JobStopped, RingError
from pathlib import Path

assert "storytime" not in sys.modules

def main(isolation):
    options = dict(
        warm_up=user.warm_up, isolation=isolation, timeout=1, error_types=[user.Mistake],
        frame_kind=user.nobodys, carry_over=(user.collect, user.hand_on),
    )
    with InterpreterRing(**options) as ring:
        value, process, warmed = ring.run(user.echo, Path("a"))
        assert value == Path("a")
        assert warmed
        assert (process == os.getpid()) == (isolation == "auto")
        assert asyncio.run(ring.run_async(user.echo, 1))[0] == 1
        try:
            ring.run(user.fail)
        except JobRaised as error:
            assert error.message == "ValueError: no such colour", error
            assert "in fail" in error.traceback
            assert "apart" not in error.traceback
        try:
            ring.run(user.mistake)
        except user.Mistake as error:
            assert str(error) == "mend it"
        try:
            ring.run(user.spin)
        except JobStopped as error:
            assert error.why == "the job took longer than 1 s and was stopped", error
            assert error.reports == [("uses", "a file")]
            assert error.latest == ("at", "a place")
            assert error.stack["file"] == user.__file__
            assert f"(at a place) ({user.__file__}:" in str(error)
        ring.run(user.leave, [1, [2]])
        for _ in range(100):
            if ring.run(user.handed_on) == [1, [2]]:
                break
        else:
            raise AssertionError("nothing was handed on")
    with InterpreterRing(isolation=isolation) as ring:
        assert not ring.run(user.echo, 1)[2]
    try:
        ring.run(user.echo, 1)
    except RingError as error:
        assert "is closed" in error.message

if __name__ == "__main__":
    for isolation in ("auto", "process"):
        main(isolation)
    assert "storytime" not in sys.modules
    print("all is well")
"""


def test_the_package_works_under_another_name_without_storytime(tmp_path: Path) -> None:
    folder = Path(storytime.ring.__file__).parent
    shutil.copytree(folder, tmp_path / "apart", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "user.py").write_text(USER)
    (tmp_path / "script.py").write_text(SCRIPT)
    if backport := find_spec("interpreters_backport"):  # Python 3.13
        source = Path(str(backport.origin)).parent
        shutil.copytree(source, tmp_path / source.name)
    # With -S no package that is installed can be imported.
    ended = run_python("-S", "script.py", cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)})
    assert (ended.stdout, ended.stderr) == ("all is well\n", "")
