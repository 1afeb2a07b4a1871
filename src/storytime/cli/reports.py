"""`storytime build`: what is reported of a build, to people and to CI."""

import json
import logging
import os
from pathlib import Path
from typing import Any

import click

from ..build.result import BuildResult, build_catalog
from ..errors import BuildFailed, BuildFailure, SourcesChanged, StorytimeError
from ..views.text import counted
from .annotations import annotations, grouped, with_places
from .progress import with_progress_bar

logger = logging.getLogger(__name__)

FORMAT = 1
"""Version of the JSON report, see docs/report.schema.json: new fields don't change it."""


def build_and_report(
    package: str, output: Path, *, report: Path | None, junit: Path | None, strict: bool
) -> None:
    """Build a catalog and write the reports. Raises what ends the command with an error.

    The reports are also written when nothing could be built.
    """
    error: StorytimeError | None = None
    try:
        result = _build(package, output)
    except StorytimeError as raised:
        error = raised
        failure = BuildFailure("", raised.message)
        result = BuildResult(package, output.absolute(), written=False, failures=(failure,))
    _write_reports(result, report, junit, strict=strict)
    if error is None and result.failures:
        error = BuildFailed(result.failures, written=result.written)
    if strict:
        for finding, places in grouped(result.findings):
            logger.error("%s", with_places(str(finding), places))
        if found := _found(result):
            if error is not None:
                logger.error("%s", error.message)
            error = StorytimeError(f"--strict: found {found}")
    if error is not None:
        raise error


def _build(package: str, output: Path) -> BuildResult:
    try:
        return with_progress_bar(lambda: build_catalog(package, output))
    except SourcesChanged:
        from ..live.building_ring import InterpreterRing

        # This process has imported the files as they were then.
        with InterpreterRing(isolation="process") as ring:
            return ring.build_catalog(package, output)


def _write_reports(
    result: BuildResult, report: Path | None, junit: Path | None, *, strict: bool
) -> None:
    if report:
        _write(report, json.dumps(report_data(result), indent=2) + "\n")
    if junit:
        from .junit import junit_xml

        _write(junit, junit_xml(result, strict=strict))
    if os.environ.get("GITHUB_ACTIONS") == "true":
        for line in annotations(result, strict=strict):
            click.echo(line)


def report_data(result: BuildResult) -> dict[str, Any]:
    from .. import __version__

    return {"generator": f"storytime {__version__}", "format": FORMAT, **result.to_json()}


def _write(file: Path, text: str) -> None:
    """Replace the file by one with the text. Raises StorytimeError if that is impossible."""
    data = text.encode(errors="backslashreplace")
    try:
        if file.exists() and not file.is_file():  # a pipe, or /dev/stdout
            file.write_bytes(data)
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        temporary = file.with_name(f".{file.name}.{os.getpid()}.tmp")
        try:
            temporary.write_bytes(data)
            temporary.replace(file)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise StorytimeError(f"can't write the report {file}: {error.strerror}") from None


def _found(result: BuildResult) -> str:
    """Return what there is to mend: "2 missing assets, 1 accessibility finding"."""
    counts = {
        "missing asset": len(result.missing_assets),
        "accessibility finding": len(result.findings),
        "warning": len(result.warnings),
    }
    return ", ".join(counted(number, noun) for noun, number in counts.items() if number)
