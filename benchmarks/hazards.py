"""Hostile stories. Each hazard is the body of a function that a component calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import dedent, indent


@dataclass(frozen=True)
class Hazard:
    """`ends`: the build ends by itself; `kills`: the hazard ends its process."""

    code: str
    ends: bool = True
    kills: bool = False


HAZARDS = {
    "endless loop": Hazard("while True: pass", ends=False),
    "endless sleep": Hazard("import time; time.sleep(1e6)", ends=False),
    "held lock": Hazard(
        "import threading; lock = threading.Lock(); lock.acquire(); lock.acquire()", ends=False
    ),
    # These two end after a minute or so. If they ran for ever, interpreters that were given up
    # would take the CPU from everything after them.
    "long call in C": Hazard("sum(range(2 * 10**9))", ends=False),
    "catastrophic pattern": Hazard("import re; re.match('(a+)+$', 'a' * 29 + 'b')", ends=False),
    "swallows everything": Hazard(
        """
        import time
        while True:
            try:
                while True: time.sleep(0.01)
            except BaseException: pass
        """,
        ends=False,
    ),
    "thread that loops": Hazard(
        """
        import threading
        def loop():
            while True: pass
        threading.Thread(target=loop).start()
        """
    ),
    "thread that sleeps": Hazard(
        "from threading import Thread; from time import sleep;"
        "Thread(target=sleep, args=[1e6]).start()"
    ),
    "daemon that sleeps": Hazard(
        "from threading import Thread; from time import sleep;"
        "Thread(target=sleep, args=[1e6], daemon=True).start()"
    ),
    "sys.exit": Hazard("import sys; sys.exit(3)"),
    "KeyboardInterrupt": Hazard("raise KeyboardInterrupt"),
    "recursion": Hazard(
        """
        def again(): again()
        again()
        """
    ),
    "MemoryError": Hazard("bytearray(10**15)"),
    "MemoryError, escaped": Hazard("raise MemoryError"),
    "exception that can't be pickled": Hazard(
        "error = ValueError(lambda: 0); error.frame = (line for line in []); raise error"
    ),
    "lone surrogate": Hazard(r"raise ValueError('\ud800')"),
    "exception whose text raises": Hazard(
        """
        class Mute(Exception):
            def __str__(self): raise RuntimeError('no')
        raise Mute
        """
    ),
    "50 MB of output": Hazard("for _ in range(500): print('y' * 10**5)"),
    "closed output": Hazard("import sys; sys.stdout.close(); sys.stderr.close()"),
    "chdir": Hazard("import os; os.chdir('/')"),
    "umask": Hazard("import os; os.umask(0o777)"),
    "environment": Hazard("import os; os.environ.clear(); os.environ['PATH'] = ''"),
    "patched builtins": Hazard(
        "import builtins as all;"
        "all.len = all.print = all.open = all.isinstance = all.__import__ = None"
    ),
    "endless atexit": Hazard(
        """
        import atexit, time
        def endless():
            while True: time.sleep(0.01)
        atexit.register(endless)
        """
    ),
    "open event loop": Hazard(
        "import asyncio; loop = asyncio.new_event_loop();"
        "asyncio.set_event_loop(loop); loop.call_soon(print)"
    ),
    "process left running": Hazard(
        "import subprocess; begun(subprocess.Popen(['sleep', '1000']).pid)"
    ),
    "breakpoint": Hazard("breakpoint()"),
    "os._exit": Hazard("import os; os._exit(3)", kills=True),
    "crash": Hazard("import ctypes; ctypes.string_at(0)", kills=True),
    "killed": Hazard("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", kills=True),
}

HARMLESS = """
REVISION = "hostile-0000"


def Hostile(label: str) -> str:
    return f"<p>{label}: {REVISION}</p>"
"""

STORIES = """
from acme_parts.hostile import Hostile
from storytime import Story, Subject


def subject() -> Subject:
    story = Story(title="Hazard", props={"label": "Hazard"})
    return Subject(title="Hostile", target=Hostile, items=[story])
"""

HOSTILE = '''
import socket


def begun(process=0):
    """Report that the hazard begins, or the process that it has started."""
    with socket.create_connection(("127.0.0.1", {port})) as connection:
        connection.sendall(f"{number} {{process}}".encode())


def hazard():
{code}


def Hostile(label: str) -> str:
    {at_call}
    return f"<p>{{label}}: hostile</p>"


{at_import}
'''


def chosen(*, killing: bool, without: Sequence[str] = (), only: Sequence[str] = ()) -> list[str]:
    """Return the names of the hazards to use; raise LookupError for an unknown name."""
    if unknown := {*without, *only} - HAZARDS.keys():
        raise LookupError(f"no hazards: {sorted(unknown)}; expected some of {', '.join(HAZARDS)}")
    return [
        name
        for name, hazard in HAZARDS.items()
        if name not in without and (name in only or not only) and (killing or not hazard.kills)
    ]


def hostile_source(hazard: Hazard, *, port: int, number: int, at_import: bool) -> str:
    """Return the source of a component that reports to the port and runs the hazard."""
    call = "begun(); hazard()"
    return HOSTILE.format(
        port=port,
        number=number,
        code=indent(dedent(hazard.code).strip(), "    "),
        at_call="pass" if at_import else call,
        at_import=call if at_import else "",
    )
