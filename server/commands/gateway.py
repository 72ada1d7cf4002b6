"""`baimai gateway`: one of several processes that serve readers what an engine publishes through Redis."""

from __future__ import annotations

from typing import Annotated

import typer

from server.commands.options import Config, Host, Port, config_file


def gateway(
    config: Config = None,
    host: Host = None,
    port: Port = None,
    redis_url: Annotated[str | None, typer.Option("--redis-url", help="Redis of the engine, redis://host:port/0.")] = None,
) -> None:
    """Serve WebSockets and arrivals from what an engine relays through Redis."""
    from server.errors import SettingsError
    from server.gateway import create_gateway
    from server.logs import set_up_logs
    from server.serving import run
    from server.settings import load_settings

    settings = load_settings(config_file(config), host=host, port=port, redis_url=redis_url)
    if settings.redis_url is None:
        raise SettingsError("redis_url", "is not set; a gateway needs the Redis that its engine relays through")
    set_up_logs(settings.log_level)
    run(create_gateway(settings), settings)
