"""HTTP routes, one module a topic; each has a `router`. Handlers read published snapshots only and answer with bytes."""
