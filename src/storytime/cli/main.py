"""The commands.

Commands import what they need when they run, so that `--help` is fast.
"""

import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, override

import click

from .. import __version__

if os.name != "posix":
    sys.exit("Error: Storytime needs Linux (macOS is untested); on Windows, run it in WSL")

LEVELS = {"verbose": "DEBUG", "quiet": "WARNING"}
"""Log levels for -v and -q; the default is INFO."""


class Commands(click.Group):
    """Turns a StorytimeError into its message and exit code."""

    @override
    def invoke(self, ctx: click.Context) -> Any:
        from ..errors import BuildFailed, StorytimeError

        try:
            return super().invoke(ctx)
        except StorytimeError as error:
            if isinstance(error, BuildFailed) and not error.written:
                for failure in error.failures:
                    click.echo(failure.traceback, err=True, nl=False)
            shown = click.ClickException(error.message)
            shown.exit_code = error.exit_code  # type: ignore[misc]  # click reads the instance's
            raise shown from None


def verbosity[**Parameters, Result](
    command: Callable[Parameters, Result],
) -> Callable[Parameters, Result]:
    """Add -v and -q to a command, so that `storytime build -q` works as well."""
    flag = partial(click.option, is_flag=True, expose_value=False, callback=_set_level)
    command = flag("-q", "--quiet", help="Log warnings and errors only.")(command)
    return flag("-v", "--verbose", help="Log debug messages.")(command)


def _set_level(_context: click.Context, option: click.Parameter, given: bool) -> None:
    import logging

    if given:
        logging.getLogger("storytime").setLevel(LEVELS[option.name or ""])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="storytime")
@verbosity
def main() -> None:
    """Build and serve a catalog of stories, a workshop for components.

    PACKAGE is the catalog's package, as a dotted name (examples.complete) or a folder
    (examples/complete).
    """
    import logging

    logger = logging.getLogger("storytime")
    logging.basicConfig(
        format="%(asctime)s %(levelname)s %(message)s", datefmt="%H:%M:%S", stream=sys.stderr
    )
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.INFO)


@main.command()
@click.argument("package")
@click.argument("output", type=click.Path(path_type=Path))
@click.option(
    "--strict",
    is_flag=True,
    help="Exit with 1 for missing assets, accessibility findings and warnings, too.",
)
@click.option(
    "--report",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write what was built and found to FILE, as JSON.",
)
@click.option(
    "--junit",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write a JUnit report to FILE, with a test case for each page.",
)
@verbosity
def build(package: str, output: Path, **options: Any) -> None:
    """Build the catalog of PACKAGE into the folder OUTPUT.

    Exit code: 0 if everything was built; 1 if something failed (the rest is written, with a page
    for each failure); 2 for a usage error.
    """
    from .reports import build_and_report

    build_and_report(package, output, **options)


@main.command()
@click.argument("package")
@click.argument("output", required=False, type=click.Path(path_type=Path))
@click.option(
    "--subinterpreters/--no-subinterpreters",
    default=None,
    help="Rebuild in a fresh interpreter at every save, so that no module is stale.",
)
@click.option(
    "--isolation",
    type=click.Choice(["auto", "process"]),
    help="Rebuild in fresh subinterpreters, or in processes if something refuses those (auto), or"
    " always in processes, which survive even a crash (process).",
)
@click.option(
    "--build-timeout",
    default=30.0,
    show_default=True,
    type=click.FloatRange(min=0, min_open=True),
    help="Seconds after which a build in a fresh interpreter is stopped.",
)
@click.option(
    "--preload/--no-preload",
    default=True,
    show_default=True,
    help="Import the installed libraries that the last build imported before the next save comes.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    default=8080,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port to listen on; 0 chooses a free one.",
)
@click.option(
    "--allowed-host",
    "allowed_hosts",
    multiple=True,
    metavar="NAME",
    help="Another host name that browsers may use for this server, also through a proxy"
    " (.example.org includes all below it; * allows any). May be repeated.",
)
@click.option("--open", "open_browser", is_flag=True, help="Open the catalog in a browser.")
@click.option(
    "--editor",
    metavar="NAME",
    help="Editor that links to files open (vscode, pycharm, zed, …); default: $VISUAL or $EDITOR.",
)
@verbosity
def serve(
    subinterpreters: bool | None,
    isolation: str | None,
    editor: str | None,
    **options: Any,
) -> None:
    """Serve the catalog of PACKAGE and rebuild it at every save.

    The catalog is built into OUTPUT, by default a temporary folder that is removed at the end.
    """
    from ..server.editors import editor_link
    from ..server.serve import serve_catalog

    if isolation and subinterpreters is False:
        raise click.UsageError("--isolation can't be used with --no-subinterpreters")
    serve_catalog(
        use_subinterpreters=bool(subinterpreters or isolation),
        isolation=isolation or "auto",
        editor=editor_link(editor, os.environ),
        **options,
    )
