"""`python -m server` is `baimai`."""

from __future__ import annotations

from server.cli import main

main()
