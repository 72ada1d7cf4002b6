"""`baimai version`."""

from __future__ import annotations

import typer


def version() -> None:
    """Print the version."""
    import platform
    from importlib.metadata import version as version_of

    from server.version import VERSION

    typer.echo(f"baimai {VERSION} (Python {platform.python_version()}, numba {version_of('numba')})")
