"""A Python that lacks what CPython keeps private: the ring does without, and so does the server.

Each case takes a name away from CPython's real modules, in every interpreter and process of a new
process, before anything of ours is imported.
"""

import re
from pathlib import Path

import pytest

from ..serving_support import ROOT, serving
from ..support import SMALL, Catalog, run_python

pytestmark = pytest.mark.usefixtures("unmeasured")

TOOLS = '''
import importlib.util, re, sys

def rename(module, *names):
    """Run the module's source with other names; of what isn't there nothing."""
    try:
        spec = importlib.util.find_spec(module)
    except ImportError:
        return
    source = open(spec.origin).read()
    for name in names:
        assert re.search(rf"\\b{name}\\b", source)
        source = re.sub(rf"\\b{name}\\b", f"{name}_of_old", source)
    made = sys.modules[module] = importlib.util.module_from_spec(spec)
    exec(compile(source, spec.origin, "exec"), vars(made))
    parent, _, name = module.rpartition(".")
    if parent:
        setattr(sys.modules[parent], name, made)

def rename_in_pools(name):
    rename("concurrent.futures.thread", name)
    if sys.version_info < (3, 14):
        rename("interpreters_backport.concurrent.futures.thread", name)
        rename("interpreters_backport.concurrent.futures.interpreter")  # its importer

def hide(symbol):
    """Make ctypes fail to find the symbol as the dynamic linker does."""
    import ctypes
    original = ctypes.PYFUNCTYPE

    def PYFUNCTYPE(*types):
        made = original(*types)
        def find(place):
            if place[0] == symbol:
                raise AttributeError(f"python: undefined symbol: {symbol}")
            return made(place)
        return find

    ctypes.PYFUNCTYPE = PYFUNCTYPE
'''

NEEDED = {
    "_interpreters": "sys.modules['_interpreters'] = None",
    "concurrent.futures.interpreter": (
        "sys.modules['concurrent.futures.interpreter'] = None;"
        "sys.modules['interpreters_backport.concurrent.futures.interpreter'] = None"
    ),
    "_threads": "rename_in_pools('_threads')",
    "_threads_queues": "rename_in_pools('_threads_queues')",
    "_register_atexit": (
        "import threading, concurrent.futures.thread, concurrent.futures.process\n"
        "if sys.version_info < (3, 14): import interpreters_backport.concurrent.futures.thread\n"
        "del threading._register_atexit"
    ),
    "_run_exitfuncs": "import atexit; del atexit._run_exitfuncs",
    "_ctypes": "sys.modules['_ctypes'] = None",
    **{
        symbol: f"hide({symbol!r})"
        for symbol in (
            "PyThreadState_Get",
            "PyInterpreterState_Get",
            "PyInterpreterState_ThreadHead",
            "PyThreadState_Next",
            "PyThreadState_GetFrame",
            "PyThreadState_SetAsyncExc",
        )
    },
}
"""What subinterpreters need, by the name that the ring tells, and how it goes."""

SUBSTITUTED = {
    "_args_from_interpreter_flags": (
        "import subprocess; del subprocess._args_from_interpreter_flags"
    ),
    "_shutdown": "rename_in_pools('_shutdown')",
    "_code": "rename('re._compiler', '_code')",
    "_fmt": "rename('logging', '_fmt')",
    "_style": "rename('logging', '_style')",
    "_data": "import collections, os; os.environb = collections.ChainMap(os.environb)",
}
"""What the ring does without, wherever it runs its jobs."""

SCRIPT = """
from storytime.ring import InterpreterRing
from storytime.ring.errors import RingError
from tests import ring_jobs
from pathlib import Path
import logging, os, sys

logging.basicConfig(format="%(message)s")

if __name__ == "__main__":
    told = []
    with InterpreterRing(
        warm_up=ring_jobs.modules,
        timeout=20,
        isolation=sys.argv[1],
        on_notice=told.append,
        loggers=["storytime"],
        noun="build",
    ) as ring:
        assert ring.run(ring_jobs.echo, "a") == "a"
        where = ring.run(ring_jobs.process_and_path)[0]
        assert ring.run(ring_jobs.leave_a_pool_and_an_exit_handler, Path(sys.argv[2])) is None
        try:
            ring.run(ring_jobs.raise_value_error)
        except RingError as error:
            assert "no such colour" in str(error)
        else:
            raise AssertionError("expected a RingError")
    print(where == os.getpid(), *told)
"""
"""A ring without Storytime's warm-up, which takes most of the time; servers are tested below."""


GIVEN_UP = "can't be closed, since code of its build is still running; it was given up"


def run_without(folder: Path, how: str, isolation: str) -> str:
    """What the script prints where the name is gone."""
    (folder / "sitecustomize.py").write_text(f"{TOOLS}\n{how}\n")
    (folder / "script.py").write_text(SCRIPT)
    path = f"{folder}:{ROOT}:{ROOT / 'src'}"
    arguments = folder / "script.py", isolation, folder / isolation
    ended = run_python(*arguments, cwd=ROOT, env={"PYTHONPATH": path})
    assert ended.returncode == 0, ended.stderr
    # On a busy machine the thread of the job's pool may not end in time.
    expected = rf"(ring-interpreter-\d+ {GIVEN_UP}\n)?"
    if "_shutdown" in how:  # only an exception ends that thread
        expected += "(Exception in worker\nTraceback (?s:.*)SystemExit\n)?" + expected
    assert re.fullmatch(expected, ended.stderr), ended.stderr
    assert (folder / isolation).exists() == ("_run_exitfuncs" not in how)
    return ended.stdout


@pytest.mark.parametrize("name", NEEDED)
def test_jobs_run_in_processes_where_subinterpreters_lack_a_name(name: str, tmp_path: Path) -> None:
    assert re.fullmatch(
        rf"False this Python can't be used with subinterpreters: .*\b{name}\b.*;"
        r" builds run in processes from now on \(isolation 'process' starts with them\)\n",
        run_without(tmp_path, NEEDED[name], "auto"),
    )


@pytest.mark.parametrize("name", SUBSTITUTED)
def test_jobs_run_as_ever_where_a_substitute_does(name: str, tmp_path: Path) -> None:
    assert run_without(tmp_path, SUBSTITUTED[name], "auto") == "True\n"
    assert run_without(tmp_path, SUBSTITUTED[name], "process") == "False\n"


@pytest.mark.parametrize("name", ["_interpreters", "_run_exitfuncs"])
def test_a_server_builds_and_serves_without(name: str, catalog: Catalog, tmp_path: Path) -> None:
    catalog.write(SMALL)
    (tmp_path / "sitecustomize.py").write_text(f"{TOOLS}\n{NEEDED[name]}\n")
    path = f"{tmp_path}:{ROOT / 'src'}"
    with serving(catalog.base, "kit", "--subinterpreters", PYTHONPATH=path) as server:
        assert "Refusal" in server.get("/forms/button/")[1]
        story = catalog.folder / "forms/button/stories.py"
        story.write_text(story.read_text().replace("Refusal", "Denial"))
        server.until_served("/forms/button/", "Denial")
        assert server.count(f"{name}.*; builds run in processes from now on") == 1
        server.end()
        assert server.process.returncode == 0
