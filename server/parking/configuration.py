"""What a deployment says about parking: `parking.toml` in the data directory; without it everything has its default.

    database = "postgresql://…"     # default: the file parking.db beside it
    [citizens]                      # who vouches for citizens (OpenID Connect); without it only signed app keys do
    issuer = "https://id.example.org"
    audience = "baimai-parking"
    jwks = "jwks.json"              # a file beside it, or an https:// address
    algorithms = ["ES256"]          # nothing else is accepted, whatever a token says
    [webhooks]
    networks = ["10.20.0.0/16"]     # private networks that webhooks may go to
    [rules]                         # numbers of `parking.rules.Rules`, each by its name there
    hold_s = 900
    [gates]
    keep_days = 30                  # passages and ended stays are forgotten then, plates with them; counts by hour stay
    keep_inside_days = 180          # of vehicles that no barrier ever saw leave

It is a file of its own, with mode 0600 where a password stands in it, since `baimai settings` prints settings.
"""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from parking.rules import Rules
from server.errors import SettingsError

FILE, DATABASE = "parking.toml", "parking.db"
Algorithm = Literal["ES256", "ES384", "ES512", "RS256", "PS256", "EdDSA", "Ed25519"]


class Citizens(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An OpenID Connect issuer."""

    issuer: Annotated[str, msgspec.Meta(min_length=1)]
    audience: Annotated[str, msgspec.Meta(min_length=1)]
    jwks: Annotated[str, msgspec.Meta(pattern="^(?!http://).+")]
    algorithms: Annotated[tuple[Algorithm, ...], msgspec.Meta(min_length=1)] = ("ES256",)


class Webhooks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where webhooks may go."""

    networks: tuple[str, ...] = ()


def _table_of_rules() -> type[msgspec.Struct]:
    """Every field of Rules with its default; what no rule can be is refused."""
    fields = []
    for name, usual in Rules._field_defaults.items():
        limits = msgspec.Meta(ge=1 if name in _AT_LEAST_ONE else 0, le=10_000 if name.endswith(("parts", "percent")) else 2**31)
        kind = tuple[tuple[Annotated[int, limits], Annotated[int, msgspec.Meta(ge=0, le=100)]], ...]
        fields.append((name, Annotated[int, limits] if isinstance(usual, int) else kind, usual))
    return msgspec.defstruct("RulesTable", fields, frozen=True, forbid_unknown_fields=True)


_AT_LEAST_ONE = frozenset({"most_holds", "longest_s", "farthest_s", "hold_s", "offer_s", "quote_s", "pay_s", "overstay_step_s",
                           "retry_first_s", "retry_most_s"})  # fmt: skip
RulesTable: Any = _table_of_rules()


class Gates(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long it is known where a vehicle stood."""

    keep_days: Annotated[int, msgspec.Meta(ge=1, le=3650)] = 30
    keep_inside_days: Annotated[int, msgspec.Meta(ge=1, le=3650)] = 180


class Configuration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of it."""

    database: Annotated[str, msgspec.Meta(pattern="^$|^postgresql://")] = ""
    citizens: Citizens | None = None
    webhooks: Webhooks = Webhooks()
    gates: Gates = Gates()
    rules: RulesTable = RulesTable()

    def chosen_rules(self) -> Rules:
        """The defaults, with what this deployment says."""
        return Rules(**msgspec.structs.asdict(self.rules))


def read_configuration(directory: Path) -> Configuration:
    """Of a data directory. Raises SettingsError with the field that is wrong."""
    path = directory / FILE
    try:
        found = msgspec.toml.decode(path.read_bytes(), type=Configuration)
        for network in found.webhooks.networks:
            ip_network(network)
        if found.rules.platform_parts + found.rules.tax_parts > 10_000:
            raise ValueError("rules.platform_parts and rules.tax_parts are parts of 10,000 of one charge: together at most 10,000")
    except FileNotFoundError:
        return Configuration()
    except OSError as wrong:
        raise SettingsError(str(path), f"cannot be read ({wrong.strerror})") from None
    except (msgspec.DecodeError, ValueError) as wrong:
        raise SettingsError(str(path), str(wrong)) from None
    return found
