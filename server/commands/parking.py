"""`baimai parking …`: car parks of a data directory."""

from __future__ import annotations

import typer

from server.commands import parking_import

app = typer.Typer(help="Parking: car parks, places, price lists, streets.", no_args_is_help=True)
app.command("import")(parking_import.import_lots)


@app.callback()
def parking() -> None:
    """Parking: car parks, places, price lists, streets."""
