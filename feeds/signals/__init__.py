"""Signals: protocols and files to `signals` columns and back. Pure like all of `feeds`.

inventory_*     intersections, controllers, approaches, detectors, e-police points from CSV, Parquet, GeoJSON, GA/T 1049.2
hires           hi-res event logs (Indiana enumeration) from and to recorded files
hires_json      the same as bodies: JSON, NDJSON, Parquet
gat1049_xml, _json  GA/T 1049.2 as it is pushed, and plain states and counts; _messages opens the envelope, _objects reads what is in it
reports         the columns in the making, and what a source is: site (look-ups), last_reports (what is news), zone, vendor_codes
counters        what was refused, what was kept though not understood
"""
