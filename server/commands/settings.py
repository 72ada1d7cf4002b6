"""`baimai settings`: every setting with its value, unit, default and meaning."""

from __future__ import annotations

import typer

from server.commands.options import Config, config_file


def settings(config: Config = None) -> None:
    """Print every setting: value, unit, default, help, and where it can be set."""
    from server.settings import ENVIRONMENT, describe, load_settings

    for row in describe(load_settings(config_file(config))):
        unit = f" {row.unit}" if row.unit in ("s", "bytes") and row.value != "none" else ""
        changed = "" if row.value == row.default else f" (default {row.default}{unit})"
        typer.echo(f"{row.name} = {row.value}{unit}{changed}\n    {row.help} [{ENVIRONMENT}{row.name.upper()}]")
