"""What CI asks: `nox` runs it all; `scripts/test` brings nox, uv and the Pythons first."""

from glob import glob
from pathlib import Path

import nox

nox.options.default_venv_backend = "uv"
nox.options.error_on_missing_interpreters = True

ROOT = Path(__file__).parent
PYTHONS = nox.project.python_versions(nox.project.load_toml("pyproject.toml"))
MEASURED = "3.14"
"""The Python whose tests tell the coverage. They take half as long again for it; 3.13 can measure
no subinterpreter, and 3.15 would add next to nothing."""
CODE = ["benchmarks", "src", "compat", "examples", "tests", "noxfile.py"]


def install(session: nox.Session, *what: str) -> None:
    """Installs exactly what constraints.txt locks: uv compares each file with the hashes there."""
    session.install("--constraints=constraints.txt", "--build-constraints=constraints.txt", *what)


@nox.session
def lint(session: nox.Session) -> None:
    install(session, "--group=lint")
    session.run("ruff", "check", *CODE)
    # Written as 3.13 can read it, t-strings aside: see [tool.ruff] in pyproject.toml.
    session.run("ruff", "format", "--diff", "--config=per-file-target-version={}", *CODE)
    session.run("shellcheck", "--external-sources", ".ci/run", *glob("scripts/*"))
    session.run("scripts/lock", "--check", external=True)


@nox.session
def types(session: nox.Session) -> None:
    install(session, "--editable=.", "--group=types")
    session.run("mypy")


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    install(session, "--editable=.", "--group=test")
    if session.python != MEASURED:
        session.run("python", "-m", "pytest", *session.posargs)
        return
    session.run("coverage", "erase")
    session.run("coverage", "run", "-m", "pytest", *session.posargs)


@nox.session(python="3.14")
def browser(session: nox.Session) -> None:
    """The workshop in a real Chromium (Debian's, brought where it is missing), and axe."""
    install(session, "--editable=.", "--group=test", "--group=browser")
    found = session.run("scripts/chromium", external=True, silent=True, stderr=None)
    session.run("npm", "ci", "--prefix=tests/browser", "--loglevel=error", external=True)
    env = {"STORYTIME_CHROMIUM": str(found).strip()}
    session.run(
        *("python", "-m", "pytest"),  # which finds `benchmarks` here
        "tests/browser",
        "--override-ini=faulthandler_timeout=400",
        *session.posargs,
        env=env,
    )


@nox.session(python="3.13")
def compat(session: nox.Session) -> None:
    """What 3.13 lacks: its own tests, tdom's, and CPython 3.14's (from Debian's packages)."""
    install(session, "--editable=./compat", "interpreters-pep-734", "--group=compat")
    with session.chdir("compat"):
        session.run("pytest")
        session.run("python", "tests/run_tdom_suite.py")
        session.run("python", "tests/run_cpython_tests.py")


@nox.session
def coverage(session: nox.Session) -> None:
    install(session, "--group=test")
    session.run("coverage", "combine", "--keep", "--quiet")
    session.run("coverage", "report")


@nox.session
def dist(session: nox.Session) -> None:
    """The wheel, away from the checkout, has all that a build needs."""
    install(session, ".")
    with session.chdir(session.create_tmp()):
        session.run("storytime", "build", f"{ROOT}/examples/minimal", "site")


# Not in CI's time: each takes some ten minutes on each Python.


@nox.session(python=PYTHONS, default=False)
def bench(session: nox.Session) -> None:
    install(session, "--editable=.")
    session.run("python", "-m", "benchmarks", *session.posargs)


@nox.session(python=PYTHONS, default=False)
def soak(session: nox.Session) -> None:
    install(session, "--editable=.")
    session.run("python", "-m", "benchmarks.soak", *session.posargs)
