"""`baimai serve`: the engine on real feeds, with everything it publishes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from server.commands.options import Config, DataDir, Host, Port, config_file


def serve(
    config: Config = None,
    network: Annotated[Path | None, typer.Option(help="Timetable made by `baimai network`.")] = None,
    host: Host = None,
    port: Port = None,
    data_dir: DataDir = None,
) -> None:
    """Serve a city: positions in, arrivals, boards and feeds out."""
    from server.app import create_app
    from server.bootstrap import build
    from server.errors import SettingsError
    from server.logs import set_up_logs
    from server.serving import run
    from server.settings import load_settings
    from transit.network_file import load_network

    settings = load_settings(config_file(config), network=network, host=host, port=port, data_dir=data_dir)
    if settings.network is None:
        raise SettingsError("network", "is not set; name the file that `baimai network` wrote, as --network or in the settings")
    set_up_logs(settings.log_level)
    runtime = build(settings, load_network(settings.network))
    runtime.keys.list_keys()  # a damaged file of keys is told now, not at the first request
    run(create_app(runtime), settings)
