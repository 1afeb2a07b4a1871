"""The sessions of CI. `scripts/test` installs nox, uv and the Pythons, and runs them all."""

import filecmp
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from glob import glob
from pathlib import Path
from tempfile import TemporaryDirectory

import nox

nox.needs_version = ">=2026.10"  # the first with --parallel
nox.options.allow_parallel = True
nox.options.default_venv_backend = "uv"
nox.options.error_on_missing_interpreters = True

ROOT = Path(__file__).parent
PYTHONS = nox.project.python_versions(nox.project.load_toml("pyproject.toml"))
MEASURED = "3.14"
"""The Python that coverage is measured on: coverage can't measure subinterpreters on 3.13, and 3.15
would add next to nothing. Tests with the mark `one_python` run on it."""
CODE = ["benchmarks", "docs/conf.py", "src", "compat", "examples", "tests", "noxfile.py"]
DISTRIBUTE = ["--numprocesses=2", "--dist=worksteal", "--max-worker-restart=0"]
"""One worker for each of CI's cores."""
WAITING = [*DISTRIBUTE, "--numprocesses=4"]
"""Two workers for each core, since many tests wait. Those with the mark `measures` come after them:
with four workers nearly all of them would have to be repeated alone."""
MEMORY = Path("/dev/shm")
ENOUGH = 4_000_000_000
"""Bytes. The tests of one session leave 0.3 GB of temporary files."""


def install(session: nox.Session, *requirements: str) -> None:
    """Install the versions that constraints.txt locks; uv checks each file's hash."""
    session.install(
        "--constraints=constraints.txt", "--build-constraints=constraints.txt", *requirements
    )


def install_browser(session: nox.Session) -> dict[str, str]:
    """Install Chromium and what tests bring from npm; return the environment for the tests."""
    found = session.run("scripts/chromium", external=True, silent=True, stderr=None)
    session.run("scripts/npm", "ci", "--prefix=tests/browser", "--loglevel=error", external=True)
    return {"STORYTIME_CHROMIUM": str(found).strip()}


@contextmanager
def temporary_files(session: nox.Session) -> Iterator[None]:
    """Give the session a temporary folder, in memory if there is enough; remove it at the end.

    The tests make and remove very many files, which some disks take long for.
    """
    large = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ENOUGH
    place = MEMORY if large else None
    # Whoever killed a process on purpose may leave a folder that can't be removed at once.
    with TemporaryDirectory(dir=place, ignore_cleanup_errors=True) as folder:
        session.env["TMPDIR"] = folder
        yield


@nox.session(python=PYTHONS[::-1])
def tests(session: nox.Session) -> None:
    """Run the tests: `nox -s tests-3.14 -- tests/ring -k closing`.

    Without arguments all are run; those with the mark `one_python` on MEASURED only.
    """
    install(session, "--editable=.", "--group=test")
    session.env["PYTHONDONTWRITEBYTECODE"] = ""  # else all processes compile everything again
    which = "not measures" if session.python == MEASURED else "not measures and not one_python"
    with temporary_files(session):
        if session.posargs:
            session.run("python", "-m", "pytest", *DISTRIBUTE, *session.posargs)
        else:
            session.run("python", "-m", "pytest", *WAITING, "-m", which)
            session.run("python", "-m", "pytest", *DISTRIBUTE, "-m", "measures")


@nox.session(python="3.14")
def browser(session: nox.Session) -> None:
    """Test the workshop in Chromium (Debian's, installed if missing), with axe."""
    install(session, "--editable=.", "--group=test", "--group=browser")
    env = install_browser(session)
    with temporary_files(session):
        session.run(
            *("python", "-m", "pytest"),  # `python -m` puts the root on sys.path, for `benchmarks`
            "tests/browser",
            *DISTRIBUTE,
            "--override-ini=faulthandler_timeout=400",
            *session.posargs,
            env=env,
        )


@nox.session(python="3.13")
def compat(session: nox.Session) -> None:
    """Test what 3.13 lacks: compat's own tests, tdom's, and CPython 3.14's (Debian packages)."""
    install(session, "--editable=.", "--group=compat")
    with session.chdir("compat"):
        session.run("pytest")
        session.run("python", "tests/run_tdom_suite.py")
        session.run("python", "tests/run_cpython_tests.py")


@nox.session
def types(session: nox.Session) -> None:
    """Check the types of the code and its tests, and of what users write with the wheel."""
    install(session, ".", "--group=types")
    session.run("mypy")
    strict = ("mypy", "--strict", "--config-file=", "--cache-dir=/dev/null")
    session.run(*strict, "tests/typed/uses.py")
    session.run("scripts/npm", "ci", "--prefix=tests/typed", "--loglevel=error", external=True)
    pyright = ("node", "tests/typed/node_modules/pyright/index.js", "--project=tests/typed")
    session.run(*pyright, f"--pythonpath={session.bin}/python", external=True)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, formatting, the order of imports between packages, scripts and the lock file."""
    install(session, "--group=lint")
    session.run("ruff", "check", *CODE)
    # Format everything but t-strings so that 3.13 can parse it: see [tool.ruff] in pyproject.toml.
    session.run("ruff", "format", "--diff", "--config=per-file-target-version={}", *CODE)
    imports = ("lint-imports", "--no-cache", "--no-logo", "pyproject.toml")
    session.run(*imports, env={"PYTHONPATH": "src"})
    session.run("shellcheck", "--external-sources", ".ci/run", *glob("scripts/*"))
    session.run("scripts/lock", "--check", external=True)


@nox.session(python="3.14")
def docs(session: nox.Session) -> None:
    """Make the site of docs/; check its links and a static catalog's."""
    install(session, "--editable=.", "--group=docs")
    site, catalog = f"{session.create_tmp()}/site", f"{session.create_tmp()}/catalog"
    session.run("python", "-m", "sphinx", "-W", "-n", "-E", "-q", "--keep-going", "docs", site)
    session.run("storytime", "build", "examples.complete", catalog)
    # Not checked: other sites (without --offline they are), and what the stories' own links name.
    lychee = ("lychee", "--offline", "--include-fragments", "--no-ignore")
    session.run(*lychee, r"--exclude=frame\.html#", site, catalog, "docs", *glob("*.md"))


@nox.session(python=[PYTHONS[0], MEASURED])
def dist(session: nox.Session) -> None:
    """Check that the wheel contains all that a build needs, away from the checkout."""
    install(session, ".")
    with session.chdir(session.create_tmp()):
        session.run("python", "-c", "import tdom")
        session.run("storytime", "build", f"{ROOT}/examples/minimal", "site")


# CI leaves these out: `ecosystem`, `hosts` and `release` take a few minutes, the others about ten.


@nox.session(python=MEASURED, default=False)
def coverage(session: nox.Session) -> None:
    """Run the tests under coverage, in all processes and interpreters; fail if it is too low."""
    install(session, "--editable=.", "--group=test")
    session.env["PYTHONDONTWRITEBYTECODE"] = ""
    with temporary_files(session):
        session.run("coverage", "erase")
        session.run("coverage", "run", "-m", "pytest", *DISTRIBUTE, *session.posargs)
    session.run("coverage", "combine", "--keep", "--quiet")
    session.run("coverage", "report")


@nox.session(python="3.14", default=False)
def ecosystem(session: nox.Session) -> None:
    """Compare catalogs of ten libraries with each library alone; check every page's HTML."""
    install(session, "--editable=.", "--group=ecosystem")
    session.env["PYTHONDONTWRITEBYTECODE"] = ""
    env = install_browser(session)
    with temporary_files(session):
        session.run(
            *("python", "-m", "pytest", "tests/ecosystem", *DISTRIBUTE),
            "--override-ini=faulthandler_timeout=400",
            *session.posargs,
            env=env,
        )


@nox.session(python="3.14", default=False)
def commands(session: nox.Session) -> None:
    """Run all that the README and the pages of docs/ show, servers and libraries included."""
    install(session, "--editable=.", "--group=ecosystem", "--group=hosts")
    with temporary_files(session):
        session.run("python", "-m", "pytest", "tests/docs", *session.posargs)


@nox.session(python="3.14", default=False)
def hosts(session: nox.Session) -> None:
    """Test the workshop in other apps, under other servers, and behind nginx and Caddy."""
    install(session, "--editable=.", "--group=hosts")
    session.env["PYTHONDONTWRITEBYTECODE"] = ""
    env = install_browser(session)
    session.run("scripts/proxies", external=True)
    with temporary_files(session):
        session.run(
            *("python", "-m", "pytest", "tests/hosts", *DISTRIBUTE),
            "--override-ini=faulthandler_timeout=400",
            *session.posargs,
            env=env,
        )


@nox.session(python=MEASURED, default=False)
def release(session: nox.Session) -> None:
    """Build a release in dist/, check it, and try the wheel in empty environments."""
    build = ("uv", "build", "--quiet", "--build-constraints=constraints.txt")
    session.run(*build, "--clear", "--out-dir=dist")  # the wheel from the source distribution
    (wheel,), (sdist,) = glob("dist/*.whl"), glob("dist/*.tar.gz")
    install(session, "--group=release", wheel)
    session.run("twine", "check", "--strict", wheel, sdist)
    session.run("check-wheel-contents", wheel)
    found = session.run("scripts/chromium", external=True, silent=True, stderr=None)
    env = {"STORYTIME_CHROMIUM": str(found).strip()}
    with temporary_files(session):
        again = Path(session.env["TMPDIR"] or "")
        session.run(*build, "--wheel", "--sdist", f"--out-dir={again}")  # both from the checkout
        for file in (wheel, sdist):
            if not filecmp.cmp(file, again / Path(file).name, shallow=False):
                session.error(f"expected two builds to give the same bytes of {file}")
        tests = ("tests/release", "tests/test_containers.py")
        session.run("python", "-m", "pytest", *tests, *session.posargs, env=env)


@nox.session(python=PYTHONS, default=False)
def bench(session: nox.Session) -> None:
    """Measure the speed of rebuilds, with the claims of the README."""
    install(session, "--editable=.")
    session.run("python", "-m", "benchmarks", *session.posargs)


@nox.session(python=PYTHONS, default=False)
def soak(session: nox.Session) -> None:
    """Rebuild for a long time under hazards; check that nothing leaks and that it stays fast."""
    install(session, "--editable=.")
    session.run("python", "-m", "benchmarks.soak", *session.posargs)


@nox.session(python="3.14", default=False)
def peers(session: nox.Session) -> None:
    """Measure Storytime beside Storybook and Ladle, in Chromium."""
    install(session, "--editable=.")
    found = session.run("scripts/chromium", external=True, silent=True, stderr=None)
    for peer in ("storybook", "ladle"):
        prefix = f"--prefix=benchmarks/peers/{peer}"
        session.run("scripts/npm", "ci", prefix, "--loglevel=error", external=True)
    env = {"STORYTIME_CHROMIUM": str(found).strip()}
    session.run("python", "-m", "benchmarks.peers", *session.posargs, env=env)
    options = [each for each in session.posargs if each == "--record"]
    session.run("python", "-m", "benchmarks.peers.controls", *options, env=env)
