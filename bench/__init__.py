"""Benchmarks: `python -m bench NAME [--smoke] [--json]`. Each prints ours beside a baseline measured in the same run.

They may read the recorded data sets that lie beside the repository; nothing else in the project does.
"""
