"""The entry point: commands are loaded when they are called, errors are one line.

``cornetkit --help`` has to answer at once, so this file loads click and nothing heavier.
"""

from __future__ import annotations

import errno
import importlib
import os
import sys
from typing import Any

import click

from .stopping import Stopped, Stopping

# Command: (file, what it does). The help text stands here so that listing loads no command.
COMMANDS = {
    "record": "Record a model's areas at every recurrent step for a set of images.",
    "predict": "Predict recordings from activations, area by area and step by step.",
    "ceiling": "Say how much of the responses repeats: the most that a model can explain.",
    "compare": "Compare scores of two models, areas or steps, with the interval of the difference.",
    "rsa": "Compare RDMs of every area and step with those of a brain.",
    "dynamics": "Say which recurrent step explains which moment, and what recurrence adds.",
    "decode": "Decode labels at every step or time bin, and test at the others.",
    "ost": "Say when each image is solved as well as behaviour solves it.",
    "power": "Say what a design could tell: steps, models, a lag, a gain by recurrence.",
    "behavior": "Decode objects at every step, and compare with subjects' choices.",
    "verify": "Compute a sample of a file's activations again and say whether they hold.",
    "inspect": "Say what a file holds, and whether two files fit together.",
    "train": "Train a model on images of named classes.",
    "evaluate": "Say how well a checkpoint names images, by class and by step.",
    "weights": "List, fetch or install the published checkpoints.",
    "doctor": "Say versions, devices and caches, and run a self-test of seconds.",
    "demo": "Make stimuli and recordings with a known answer and find it again.",
}


class Commands(click.Group):
    """A group that imports a command's file when the command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, in the order of a session's work."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        if cmd_name not in COMMANDS:
            return None
        return importlib.import_module(f".{cmd_name}", __package__).command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Find a command, suggesting the nearest one for a wrong name."""
        if args and args[0] not in COMMANDS:
            from cornetkit.errors import did_you_mean

            hint = did_you_mean(args[0], list(COMMANDS))
            raise click.UsageError(f"no such command '{args[0]}'{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Start with: cornetkit demo --out demo/",
)
@click.version_option(package_name="cornetkit", prog_name="cornetkit")
@click.option("--debug", is_flag=True, help="Show the full traceback of an error.")
def group(debug: bool) -> None:
    """How much of what neurons do, and when, does a recurrent model explain?"""


def main() -> None:
    """Run the command line; exit with 1 and one line on stderr for a user's mistake."""
    debug = "--debug" in sys.argv
    # --debug may stand anywhere: it is about how an error is shown, not about any one command.
    arguments = [a for a in sys.argv[1:] if a != "--debug"]
    with Stopping() as stopping:
        try:
            code = _run(arguments)
        except BrokenPipeError:
            code = 0  # the reader (head, less) has gone: nothing is wrong
        except (click.Abort, KeyboardInterrupt, Stopped) as error:
            if debug:
                raise
            code = _stopped(stopping, error)
        except Exception as error:
            if debug:
                raise
            code = _stopped(stopping, error) if stopping.signal else _explain(error)
    sys.exit(code)


def _run(arguments: list[str]) -> int | str | None:
    stdout = sys.stdout
    try:
        return group.main(args=arguments, prog_name="cornetkit", standalone_mode=False)
    except click.UsageError as error:
        error.show()
        return 2
    except click.exceptions.Exit as end:
        return end.exit_code
    except SystemExit as end:
        if sys.stdout is not stdout:  # click's answer to a broken pipe, with an exit code of 1
            raise BrokenPipeError from None
        return end.code
    finally:
        _flush()


def _flush() -> None:
    """Write what was printed now: at the interpreter's end nobody could handle a failure."""
    if sys.stdout is None:  # closed by whoever started this
        return
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # or the end would try again
        raise


def _stopped(stopping: Stopping, error: BaseException) -> int:
    text, code = stopping.last_words(error)
    click.echo(text, err=True)
    return code


def _explain(error: Exception) -> int:
    from cornetkit.errors import CornetkitError

    if isinstance(error, CornetkitError):
        click.echo(f"Error: {' '.join(str(error).split())}", err=True)
        return 1
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        what = error.filename or "the standard output"
        click.echo(f"Error: cannot write {what}: {error.strerror}; free some space", err=True)
        return 1
    click.echo(
        f"Error: cornetkit failed unexpectedly ({type(error).__name__}: "
        f"{' '.join(str(error).split())}); this is a bug: run the command again with --debug and "
        "report what it prints",
        err=True,
    )
    return 1
