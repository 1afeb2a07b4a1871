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
from click.core import ParameterSource

from .. import __version__
from .parameters import Editor, Location, Seconds

if os.name != "posix":
    sys.exit("Error: Storytime needs Linux (macOS is untested); on Windows, run it in WSL")

LEVELS = {"verbose": "DEBUG", "quiet": "WARNING"}
"""Log levels for -v and -q; the default is INFO."""


class Commands(click.Group):
    """Turns a StorytimeError into its message and exit code, and suggests what PACKAGE may be."""

    @override
    def invoke(self, ctx: click.Context) -> Any:
        from ..errors import BuildFailed, StorytimeError

        try:
            return super().invoke(ctx)
        except click.MissingParameter as error:
            if error.ctx and error.param and error.param.name == "package":
                from .suggestions import how_to_begin

                message = how_to_begin(error.ctx.info_name or "")
                raise click.MissingParameter(message, error.ctx, error.param) from None
            raise
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


def _set_level(context: click.Context, option: click.Parameter, given: bool) -> None:
    import logging

    name = option.name or ""
    is_configured = context.get_parameter_source(name) is ParameterSource.DEFAULT_MAP
    if given and not (is_configured and __name__ in context.meta):
        context.meta[__name__] = True
        logging.getLogger("storytime").setLevel(LEVELS[name])


def configured[**Parameters, Result](
    command: Callable[Parameters, Result],
) -> Callable[Parameters, Result]:
    """Let a command take what it isn't given from `[tool.storytime]` in pyproject.toml."""
    return click.option(
        "--config",
        type=click.Path(path_type=Path),
        metavar="FILE",
        is_eager=True,
        expose_value=False,
        callback=_configure,
        help="File whose [tool.storytime] has the settings; default: the nearest pyproject.toml.",
    )(command)


def _configure(context: click.Context, _option: click.Parameter, file: Path | None) -> None:
    from .configuration import use_configuration

    if not context.resilient_parsing:  # of a shell that completes
        use_configuration(context, file)


def _absolute(_context: click.Context, _option: click.Parameter, file: Path | None) -> Path | None:
    """Return the path as it is now: a configured package changes the current folder."""
    return file and file.absolute()


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="storytime")
@verbosity
def main() -> None:
    """Build and serve a catalog of stories, a workshop for components.

    PACKAGE is the catalog's package, as a dotted name (examples.complete) or a folder
    (examples/complete). What a command isn't given it takes from [tool.storytime] in
    pyproject.toml.
    """
    import logging

    from .progress import ERASE, has_terminal

    if os.getpid() == 1:
        from .pid_one import run_in_child

        run_in_child()
    logger = logging.getLogger("storytime")
    line = "%(asctime)s %(levelname)s %(message)s"
    if has_terminal():
        line = ERASE + line
    logging.basicConfig(format=line, datefmt="%H:%M:%S", stream=sys.stderr)
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.INFO)


@main.command()
@click.argument("folder", default=".", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--with",
    "library",
    default="tdom",
    show_default=True,
    type=click.Choice(["tdom", "jinja", "htpy", "django"]),
    help="Library that the components are written with.",
)
@click.option(
    "--package", metavar="NAME", help="Name of the catalog's package; default: the folder's."
)
def init(folder: Path, library: str, package: str | None) -> None:
    """Write a small catalog into FOLDER, by default the current one.

    It is a package, with its settings in pyproject.toml: `storytime serve` shows it. Nothing is
    overwritten.
    """
    from .init import create_catalog

    click.echo(create_catalog(folder, library, package), nl=False)


@main.command()
@click.argument("package", type=Location())
@click.argument("output", type=click.Path(path_type=Path))
@click.option(
    "--strict/--no-strict",
    default=False,
    help="Exit with 1 for missing assets, accessibility findings and warnings, too.",
)
@click.option(
    "--report",
    metavar="FILE",
    type=click.Path(path_type=Path),
    callback=_absolute,
    help="Write what was built and found to FILE, as JSON.",
)
@click.option(
    "--junit",
    metavar="FILE",
    type=click.Path(path_type=Path),
    callback=_absolute,
    help="Write a JUnit report to FILE, with a test case for each page.",
)
@configured
@verbosity
def build(package: str, output: Path, **options: Any) -> None:
    """Build the catalog of PACKAGE into the folder OUTPUT.

    Exit code: 0 if everything was built; 1 if something failed (the rest is written, with a page
    for each failure); 2 for a usage error.
    """
    from .reports import build_and_report

    build_and_report(package, output, **options)


@main.command()
@click.argument("package", type=Location())
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
    type=Seconds(),
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
@click.option(
    "--root-path",
    default="",
    metavar="PATH",
    help="Path below which the catalog is served as well, for a proxy that passes it on.",
)
@click.option(
    "--open/--no-open", "open_browser", default=False, help="Open the catalog in a browser."
)
@click.option(
    "--editor",
    type=Editor(),
    metavar="NAME",
    help="Editor that links to files open (vscode, pycharm, zed, …); default: $VISUAL or $EDITOR.",
)
@configured
@verbosity
@click.pass_context
def serve(
    context: click.Context,
    /,
    subinterpreters: bool | None,
    isolation: str | None,
    editor: str,
    **options: Any,
) -> None:
    """Serve the catalog of PACKAGE and rebuild it at every save.

    The catalog is built into OUTPUT, by default a temporary folder that is removed at the end.
    """
    from ..server.editors import editor_link
    from ..server.serve import serve_catalog
    from .progress import progress_bar

    if isolation and subinterpreters is False:
        sources = {context.get_parameter_source(name) for name in ("isolation", "subinterpreters")}
        if len(sources) == 1:
            raise click.UsageError("--isolation can't be used with --no-subinterpreters")
        if context.get_parameter_source("isolation") is ParameterSource.DEFAULT_MAP:
            isolation = None
    serve_catalog(
        use_subinterpreters=bool(subinterpreters or isolation),
        isolation=isolation or "auto",
        editor=editor or editor_link(None, os.environ),
        progress_bar=progress_bar,
        **options,
    )
