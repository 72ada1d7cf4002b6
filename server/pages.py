"""Server-rendered pages: the templates, the language a reader wants, and where the files of the pages lie.

Nothing on any page is loaded from another host. The live map is built by `npm run build` into web/dist; `map_built()` tells.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, select_autoescape
from markupsafe import Markup
from starlette.staticfiles import StaticFiles

from transit.board_text import Language

WEB = Path(__file__).parent / "web"
DIST = WEB / "dist"
SECURITY = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob:; worker-src 'self' blob:; "
        "style-src 'self' 'unsafe-inline'; connect-src 'self' ws: wss:"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-cache",
}
_TEMPLATES = Environment(
    loader=FileSystemLoader(WEB / "templates"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def map_built() -> bool:
    """Whether the live map is there to be loaded."""
    return (DIST / "map.js").is_file()


def find_template(name: str) -> Template:
    """A template by file name."""
    return _TEMPLATES.get_template(name)


def render(template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A page. Values are escaped; `embedded(...)` ones are not."""
    return HTMLResponse(_TEMPLATES.get_template(template).render(values), status, headers=SECURITY)


def embedded(body: bytes | None) -> Markup:
    """JSON that may stand inside a script element; nothing in it can end the element."""
    text = "null" if body is None else body.decode()
    return Markup(text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"))


def embedded_value(value: Any) -> Markup:
    """The same of a value."""
    return embedded(orjson.dumps(value))


def language_of(lang: str | None, accept_language: str | None) -> Language:
    """`lang` when it is one of ours, else the first of ours the browser accepts, else Chinese."""
    if lang in ("zh", "en"):
        return "zh" if lang == "zh" else "en"
    for part in (accept_language or "").split(","):
        name = part.split(";")[0].strip().lower()
        if name.startswith(("zh", "en")):
            return "zh" if name.startswith("zh") else "en"
    return "zh"


def mount_files(app: FastAPI) -> None:
    """Serve what the pages load: `/static/…`, and `/static/map/…` when the map is built."""
    if map_built():
        app.mount("/static/map", StaticFiles(directory=DIST), "map")
    app.mount("/static", StaticFiles(directory=WEB / "static"), "static")
