"""``python -m automl_tasks.local up|down|status|demo``: what the Makefile calls."""

from __future__ import annotations

import argparse
import signal
import sys
from types import FrameType

from automl_tasks.cli.display import console, messages
from automl_tasks.errors import NightshiftError
from automl_tasks.local.services import addresses, start, status, stop
from automl_tasks.local.state import running_services
from automl_tasks.settings import Settings, current_settings

_INTERRUPTED = 130


def main() -> int:
    """Run one command; Ctrl-C and SIGTERM leave nothing running that it started."""
    parser = argparse.ArgumentParser(prog="python -m automl_tasks.local", description=__doc__)
    parser.add_argument("command", choices=["up", "down", "status", "demo"])
    parser.add_argument("problem", nargs="?", default="bike_sharing")
    options = parser.parse_args()
    # A shell's background job is started with Ctrl-C ignored; that must not leave services running.
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, _interrupt)
    commands = {"up": _up, "down": _down, "status": _status}
    try:
        if options.command == "demo":
            return _demo(current_settings(), options.problem)
        return commands[options.command](current_settings())
    except NightshiftError as error:
        messages.print(f"error: {error}", markup=False, style="red")
        return 1
    except KeyboardInterrupt:
        messages.print("stopped; nothing is left running", markup=False)
        return _INTERRUPTED


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _up(settings: Settings) -> int:
    start(settings, say=lambda line: console.print(line, markup=False, soft_wrap=True))
    console.print("'make down' stops them")
    return 0


def _down(settings: Settings) -> int:
    console.print("stopped" if stop(settings) else "nothing was running")
    return 0


def _status(settings: Settings) -> int:
    running = status(settings)
    for name, alive in running.items():
        console.print(f"{name}: {'running' if alive else 'ended; see its log'}")
    if services := running_services(settings.home):
        for line in addresses(services):
            console.print(line, markup=False, soft_wrap=True)
    else:
        console.print("nothing runs; 'make up' starts it")
    return 0 if all(running.values()) else 1


def _demo(settings: Settings, problem: str) -> int:
    from automl_tasks.local.demo import Demo

    were_up = running_services(settings.home) is not None
    demo = Demo(problem, settings)
    try:
        demo.play()
        if sys.stdin.isatty() and not were_up:
            console.print("Look around; Enter or Ctrl-C stops the services")
            sys.stdin.readline()
    finally:
        if not were_up:
            stop(settings)
            console.print("services stopped; 'make up' starts them with all that you have seen")
    return 0


sys.exit(main())
