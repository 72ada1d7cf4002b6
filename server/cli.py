"""The command line `baimai`. Each command is a function of `server.commands`, which imports what it needs when it runs.

What a person can mend — a wrong file, feed or setting — ends with exit code 2 and one sentence on standard error.
"""

from __future__ import annotations

import sys
from typing import NoReturn

import typer

from feeds.errors import FeedError
from server.commands import demo, gateway, keys, learn, network, parking, replay, score, serve, settings, signals, version
from server.errors import ServerError
from transit.errors import TransitError

app = typer.Typer(
    name="baimai",
    help="Baimai: when the bus comes. From vehicle positions to stop boards, apps and standard feeds.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(demo.demo)
app.command()(serve.serve)
app.command()(network.network)
app.command()(replay.replay)
app.command()(learn.learn)
app.command()(score.score)
app.command()(gateway.gateway)
app.add_typer(keys.app, name="keys")
app.add_typer(parking.app, name="parking")
app.add_typer(signals.app, name="signals")
app.command()(settings.settings)
app.command()(version.version)


def main() -> None:
    """The entry point."""
    try:
        app()
    except (FeedError, TransitError, ServerError) as wrong:
        _give_up(str(wrong))
    except OSError as wrong:
        if wrong.filename is None:
            raise
        _give_up(f"{wrong.filename}: {(wrong.strerror or str(wrong)).lower()}")


def _give_up(sentence: str) -> NoReturn:
    print(f"baimai: {sentence}", file=sys.stderr)
    sys.exit(2)
