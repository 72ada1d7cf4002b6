"""`baimai keys`: API keys for sending positions and for administration."""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from server.commands.options import Config, DataDir, config_file

if TYPE_CHECKING:
    from pathlib import Path

    from server.auth import KeyStore

app = typer.Typer(help="API keys: create, list, revoke.", no_args_is_help=True)


@app.command()
def create(
    scope: Annotated[
        list[str],
        typer.Option(help="It may do: positions, signals, operations, parking, parking:app, admin; repeatable", show_default=False),
    ],
    name: Annotated[str, typer.Option(help="Whose key it is.")] = "",
    config: Config = None,
    data_dir: DataDir = None,
) -> None:
    """Make a key and print it: this is the only time it is shown."""
    text, key = _store(config, data_dir).create_key(tuple(scope), name, time.time())
    typer.echo(text)
    typer.echo(f"key {key.id}, scopes {', '.join(key.scopes)}; keep the line above, it cannot be shown again", err=True)


@app.command("list")
def list_keys(config: Config = None, data_dir: DataDir = None) -> None:
    """List the keys, without their secrets."""
    keys = _store(config, data_dir).list_keys()
    for key in keys:
        state = "good" if key.revoked is None else f"revoked {_moment(key.revoked)}"
        typer.echo(f"{key.id}  {','.join(key.scopes):<12}  created {_moment(key.created)}  {state}  {key.name}".rstrip())
    if not keys:
        typer.echo("no keys yet; make one with: baimai keys create --scope positions", err=True)


@app.command()
def revoke(
    key_id: Annotated[str, typer.Argument(help="Id of the key, as `list` shows it.", show_default=False)],
    config: Config = None,
    data_dir: DataDir = None,
) -> None:
    """Revoke a key. A running server notices within a second."""
    key = _store(config, data_dir).revoke_key(key_id, time.time())
    typer.echo(f"key {key.id} is revoked")


def _store(config: Path | None, data_dir: Path | None) -> KeyStore:
    from server.auth import KeyStore
    from server.settings import load_settings

    return KeyStore(load_settings(config_file(config), data_dir=data_dir).data_dir)


def _moment(epoch: float) -> str:
    return datetime.fromtimestamp(epoch).astimezone().isoformat(timespec="seconds")
