"""What GitHub Actions shows beside the lines of a pull request.

The format is that of GitHub's workflow commands: `::error file=…,line=…,title=…::message`.
"""

import os
from collections import Counter
from collections.abc import Iterable, Iterator

from ..build.result import AccessibilityFinding, BuildResult, BuildWarning
from ..errors import by_cause


def annotations(result: BuildResult, *, strict: bool) -> Iterator[str]:
    """Yield a line for each cause of failures, then one for each thing to mend.

    The latter are warnings, and errors if the build is `strict`. GitHub shows the first ten of each
    kind.
    """
    for failure, places in by_cause(result.failures).items():
        where = failure.path, failure.file, failure.line
        yield _annotation("error", *where, with_places(failure.message, len(places)))
    level = "error" if strict else "warning"
    for problem, count in grouped([*result.missing_assets, *result.findings, *result.warnings]):
        message = problem.message
        if isinstance(problem, AccessibilityFinding):
            message = f"{problem.rule}: {message}\n{problem.snippet}"
        where = problem.path, problem.file, problem.line
        yield _annotation(level, *where, with_places(message, count))


def grouped[Problem: BuildWarning](problems: Iterable[Problem]) -> list[tuple[Problem, int]]:
    """Return the first of the problems that are about the same, and how many those are."""
    first: dict[object, Problem] = {}
    counts = Counter[object]()
    for each in problems:
        key = each.message, getattr(each, "snippet", "")
        first.setdefault(key, each)
        counts[key] += 1
    return [(each, counts[key]) for key, each in first.items()]


def relative_file(file: str) -> str:
    """Return the path relative to the repository that CI checked out, or else to this folder.

    A file that isn't below it keeps its absolute path.
    """
    names = "GITHUB_WORKSPACE", "CI_PROJECT_DIR"
    workspace = next(filter(None, map(os.environ.get, names)), os.curdir)
    relative = os.path.relpath(os.path.realpath(file), os.path.realpath(workspace))
    return file if relative.startswith(os.pardir) else relative


def with_places(message: str, places: int) -> str:
    return f"{message} (at {places:,} places)" if places > 1 else message


def _annotation(level: str, path: str, file: str, line: int, message: str) -> str:
    properties = {"title": path or "the site"}
    if file:
        properties = {"file": relative_file(file), "line": str(line or 1), **properties}
    listed = ",".join(f"{name}={_escaped(value, ':,')}" for name, value in properties.items())
    return f"::{level} {listed}::{_escaped(message)}"


def _escaped(text: str, more: str = "") -> str:
    for character in ("%", "\r", "\n", *more):
        text = text.replace(character, f"%{ord(character):02X}")
    return text
