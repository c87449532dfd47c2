"""A process that has imported all that `cornetkit` needs and forks one command a request.

Importing torch takes seconds, and a process that has run it must not be forked: this one has
imported it only. A request is a line of JSON on stdin, the answer a line on stdout.
"""

import importlib
import json
import os
import signal
import sys
import traceback

# Imported by a command as it goes; a user that a child turns into may not be able to read them.
LAZY = (
    *("torch", "netCDF4", "xarray", "PIL.Image", "PIL.PngImagePlugin", "tqdm", "encodings.idna"),
    *("cornetkit.recording.record", "cornetkit.models.zoo", "cornetkit.stimuli"),
    *("cornetkit.activations", "cornetkit_cli.main", "cornetkit_cli.record"),
)


def serve() -> None:
    """Answer {"argv", "setup", ...} with a pid, {"wait"} with its exit code."""
    # A shell starts what it puts in the background deaf to Ctrl-C; the commands here are not.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for name in LAZY:
        importlib.import_module(name)
    for line in sys.stdin:
        request = json.loads(line)
        if "wait" in request:
            status = os.waitpid(request["wait"], 0)[1]
            answer = os.waitstatus_to_exitcode(status)
        elif not (answer := os.fork()):
            return _become(request)
        print(answer, flush=True)


def _become(request: dict) -> None:
    """Be the command; its end is short unless the whole of it is asked for."""
    for descriptor, name in ((0, os.devnull), (1, request["stdout"]), (2, request["stderr"])):
        os.dup2(os.open(name, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), descriptor)
    sys.argv = ["cornetkit", *request["argv"]]
    exec(request["setup"], {})
    from cornetkit_cli.main import main

    code: object = 0
    try:
        main()
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
        code = 1
    if request["whole_end"]:
        sys.exit(code)  # the end of an interpreter that holds torch takes a second
    print(end="", flush=True)
    os._exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    serve()
