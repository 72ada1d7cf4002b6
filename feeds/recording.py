"""Recorded files, in and out: positions are read by `feeds.recording_read`, what the engine made of them is written by
`feeds.recording_write`;
stop events are read back by `feeds.recording_events`. All are CSV, gzipped CSV or Parquet by the ending of their name.
"""

from __future__ import annotations

from feeds.recording_events import read_stop_events
from feeds.recording_read import read_positions, take
from feeds.recording_write import MatchWriter, PredictionWriter, StopEventWriter

__all__ = ["MatchWriter", "PredictionWriter", "StopEventWriter", "read_positions", "read_stop_events", "take"]
