"""Bytes to domain values and back. Pure: no sockets, no clock; what was refused is counted by reason.

errors          what can be wrong with an input
counters        what was read and what was refused, by reason
gtfs            a GTFS zip or folder → transit.Network, with a validation report
gtfs_*          the steps of that: source, tables, entities, calendar, trips, …; what was found is in gtfs_report
gtfs_rt         GTFS-Realtime protobuf: vehicle positions in; trip updates, vehicle positions, alerts out
positions_json  positions as JSON array or NDJSON → PositionColumns
recording       positions, predictions, stop events and matches as CSV or Parquet
simulated       a seeded district that emits positions and knows the exact truth
kernels         numba decoders and encoders
"""
