"""Every setting of the server, each with its default, unit and meaning; `baimai settings` prints them.

A value comes from, strongest first: an option of the command line, the environment (`BAIMAI_PORT`), the TOML file given by
`--config`, the default. Lists in the environment are JSON. A wrong value or an unknown name ends the start with one
sentence that names the field and where it was set. Nothing below `server` reads settings: they get small values.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource
from pydantic_settings import SettingsError as LibrarySettingsError

from server.errors import SettingsError

ENVIRONMENT = "BAIMAI_"
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False, json_schema_extra={"unit": "s"})]
Bytes = Annotated[int, Field(ge=1024, json_schema_extra={"unit": "bytes"})]
Count = Annotated[int, Field(ge=1, json_schema_extra={"unit": "count"})]


class Settings(BaseSettings):
    """One flat list; the docstring of a field is its help."""

    model_config = SettingsConfigDict(env_prefix=ENVIRONMENT, extra="forbid", use_attribute_docstrings=True, frozen=True)

    host: str = "127.0.0.1"
    """Address to listen on; `::` is every address, IPv6 and IPv4."""
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    """TCP port; 0 takes any free one."""
    data_dir: Path = Path("data")
    """Folder for what the server keeps: keys, service changes, scores, `learned.npz` (as `baimai learn` makes it)."""
    network: Path | None = None
    """Compiled timetable, made by `baimai network`."""
    positions_urls: tuple[Annotated[str, Field(pattern=r"^https?://.")], ...] = ()
    """GTFS-Realtime VehiclePositions feeds to poll."""
    trip_updates_urls: tuple[Annotated[str, Field(pattern=r"^https?://.")], ...] = ()
    """GTFS-Realtime TripUpdates feeds to poll for cancelled trips and skipped stops; their times are not taken."""
    alerts_urls: tuple[Annotated[str, Field(pattern=r"^https?://.")], ...] = ()
    """GTFS-Realtime Alerts feeds to poll."""
    changes_seconds: Seconds = 600.0
    """How long the service changes of a feed hold after it fell silent."""
    poll_seconds: Seconds = 10.0
    """How often each feed is asked."""
    poll_timeout: Seconds = 10.0
    """How long one answer of a feed may take in all."""
    poll_bytes: Bytes = 32 * 2**20
    """Largest answer of a feed that is read."""
    step_seconds: Seconds = 1.0
    """Time between two steps of the engine."""
    inbox_positions: Count = 500_000
    """Positions that may wait for the next step; more push the oldest out, counted."""
    body_bytes: Bytes = 8 * 2**20
    """Largest body of a POST."""
    message_bytes: Bytes = 64 * 2**10
    """Largest message a reader may send on the WebSocket."""
    topics_per_socket: Count = 200
    """Topics one WebSocket may subscribe."""
    sockets: Count = 20_000
    """WebSockets open at once in this process."""
    history: Count = 16
    """Publications kept of each topic for `since`."""
    recovery_seconds: Seconds = 120.0
    """How long a topic goes on after its last reader left, so that one who returns misses nothing."""
    slow_bytes: Bytes = 64 * 2**10
    """Unsent bytes of a WebSocket above which it gets only the newest state of each topic."""
    slow_seconds: Seconds = 15.0
    """How long a WebSocket may stay that far behind before it is closed with 1013."""
    max_age: Annotated[int, Field(ge=0, json_schema_extra={"unit": "s"})] = 5
    """`Cache-Control: max-age` of live answers."""
    reads_per_minute: Annotated[int, Field(ge=0, json_schema_extra={"unit": "count"})] = 1200
    """Public requests one client may make; 0 sets no limit. An IPv6 client is its /64."""
    unlimited_clients: tuple[str, ...] = ("127.0.0.1", "::1")
    """Addresses without that limit; behind a proxy on this machine set `trusted_proxies` too."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses whose X-Forwarded-For is believed; none by default."""
    allowed_origins: tuple[str, ...] = ("*",)
    """Web origins whose pages may read the public answers."""
    redis_url: Annotated[str, Field(pattern=r"^(redis|rediss|unix)://.")] | None = None
    """Redis to relay publications through, `redis://host:port/0`; none keeps them in this process."""
    redis_prefix: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.{}-]+$")] = "baimai"
    """First part of every Redis key and channel."""
    relay_seconds: Seconds = 10.0
    """How old the relayed board of a stop that nobody watches may grow."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Least level of the log, JSON lines on standard error."""


class Description(NamedTuple):
    """One setting as `baimai settings` prints it."""

    name: str
    value: str
    default: str
    unit: str
    help: str


def load_settings(config: Path | None = None, **options: Any) -> Settings:
    """Settings from the TOML file `config`, the environment and `options` that are not None. Raises SettingsError."""
    given = {name: value for name, value in options.items() if value is not None}
    _check_names(config, given)

    class FromEverywhere(Settings):
        @classmethod
        def settings_customise_sources(
            cls, settings_cls: type[BaseSettings], *sources: PydanticBaseSettingsSource, **named: PydanticBaseSettingsSource
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            """Strongest first."""
            return named["init_settings"], named["env_settings"], TomlConfigSettingsSource(settings_cls, config)

    try:
        return FromEverywhere(**given)
    except ValidationError as wrong:
        raise _sentence(wrong, given, config) from None
    except LibrarySettingsError as wrong:
        raise SettingsError("environment", f"{wrong}; lists are written as JSON") from None


def describe(settings: Settings) -> Iterator[Description]:
    """Every setting in order of declaration."""
    for name, info in Settings.model_fields.items():
        extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
        unit = str(extra.get("unit", ""))
        yield Description(name, _text(getattr(settings, name)), _text(info.default), unit, info.description or "")


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return " ".join(str(one) for one in value) or "none"
    return "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _read_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as wrong:
        raise SettingsError(str(path), f"cannot be read ({wrong.strerror})") from None
    except UnicodeDecodeError:
        raise SettingsError(str(path), "is not UTF-8 text") from None
    except tomllib.TOMLDecodeError as wrong:
        raise SettingsError(str(path), f"is not TOML: {wrong}") from None


def _check_names(config: Path | None, options: Mapping[str, Any]) -> None:
    """A name nobody knows is a typing mistake wherever it stands; variables of the tests (BAIMAI_TEST_…) are not ours."""
    variables = [one for one in os.environ if one.startswith(ENVIRONMENT) and not one.startswith(f"{ENVIRONMENT}TEST_")]
    names = [(name, name, str(config)) for name in (_read_file(config) if config else ())]
    names += [(one.removeprefix(ENVIRONMENT).lower(), one, "environment") for one in variables]
    names += [(name, name, "option") for name in options]
    for name, shown, origin in names:
        if name not in Settings.model_fields:
            near = difflib.get_close_matches(name, Settings.model_fields, 1)
            hint = f"did you mean {near[0]}?" if near else "`baimai settings` lists them all"
            raise SettingsError(f"{shown} ({origin})", f"there is no such setting; {hint}")


def _sentence(wrong: ValidationError, options: Mapping[str, Any], config: Path | None) -> SettingsError:
    """The first mistake, told by field name, source and value."""
    error = wrong.errors(include_url=False)[0]
    field, reason = str(error["loc"][0]), str(error["msg"])
    origin = "option" if field in options else "environment" if f"{ENVIRONMENT}{field.upper()}" in os.environ else config
    return SettingsError(f"{field} ({origin})", f"{reason[:1].lower()}{reason[1:]}, got {error['input']!r}")
