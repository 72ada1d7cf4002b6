"""Vendors' numberings: those that come with Baimai, and those that an operator declares in `signals/vendors/NAME.toml` (or .json)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from feeds.signals.vendor_codes import GAT1049, VENDORS, VendorCodes, parse_vendor_codes
from server.problems import ProblemException


def declared_vendors(folder: Path) -> dict[str, VendorCodes]:
    """All tables by name; a declared one takes the place of ours of that name. Raises FeedError for a file that is no table."""
    found = dict(VENDORS)
    for path in sorted((*folder.glob("vendors/*.toml"), *folder.glob("vendors/*.json"))):
        table = parse_vendor_codes(path.read_bytes(), str(path))
        found[table.name] = table
    return found


def chosen_vendor(name: str | None, vendors: Mapping[str, VendorCodes]) -> VendorCodes:
    """The numbering a source says it uses; without a name GA/T 1049.2 and the Indiana enumeration. Raises a 422 problem."""
    if name is None:
        return vendors.get(GAT1049.name, GAT1049)
    table = vendors.get(name)
    if table is None:
        known = f"is no numbering known here; there are {', '.join(sorted(vendors))}"
        raise ProblemException(422, "unknown_vendor", f"vendor {known}", [{"pointer": "/query/vendor", "detail": known}])
    return table
