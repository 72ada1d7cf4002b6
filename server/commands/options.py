"""Options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DEFAULT_CONFIG = Path("baimai.toml")
Config = Annotated[Path | None, typer.Option(help="Settings file; baimai.toml of the working directory when there is one.")]
Host = Annotated[str | None, typer.Option(help="Address to listen on; :: is every address, IPv6 and IPv4.")]
Port = Annotated[int | None, typer.Option(help="TCP port; 0 takes any free one.")]
DataDir = Annotated[Path | None, typer.Option("--data-dir", help="Folder for what the server keeps: API keys, scores.")]


def config_file(given: Path | None) -> Path | None:
    """The settings file to read: the given one, else baimai.toml where it exists."""
    if given is None and DEFAULT_CONFIG.is_file():
        return DEFAULT_CONFIG
    return given
