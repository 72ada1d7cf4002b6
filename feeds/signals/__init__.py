"""Signals: protocols and files to `signals` columns and back. Pure like all of `feeds`."""
