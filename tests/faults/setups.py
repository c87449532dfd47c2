"""Lines that a command's process runs before the command, to make something happen in its midst."""

KILL = "os.kill(os.getpid(), 9)"


def at(what: str, when: str, count: int = 1, action: str = KILL) -> str:
    """Do something before or after the `count`-th call of a function."""
    holder, _, name = what.rpartition(".")
    return f"""
import os, pathlib, resource, shutil, signal, time
import cornetkit, cornetkit.models, cornetkit.recording.record
from xarray.backends import locks
from cornetkit.activations import journal, writer
from cornetkit.recording import batches
def wrap(original, calls):
    def wrapped(*args, **kwargs):
        calls.append(1)
        if len(calls) == {count} and {when == "before"}:
            {action}
        result = original(*args, **kwargs)
        if len(calls) == {count} and {when == "after"}:
            {action}
        return result
    return wrapped
{holder}.{name} = wrap({what}, [])
"""


# Free space as it looks where a quota, or another program, takes it later.
ENDLESS_DISK = """
import collections, shutil
shutil.disk_usage = lambda path: collections.namedtuple("usage", "free")(10**12)
"""
