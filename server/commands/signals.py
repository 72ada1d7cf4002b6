"""`baimai signals …`: what recorded signal events say."""

from __future__ import annotations

import typer

from server.commands import signals_import, signals_measures, signals_next, signals_verify

app = typer.Typer(help="Signals: measures, verdicts, where next.", no_args_is_help=True)
app.command("import")(signals_import.import_inventory)
app.command("measures")(signals_measures.measures)
app.command("next")(signals_next.next_intersections)
app.command("verify")(signals_verify.verify)
