"""Traffic signals: what junctions do, which really answer the traffic, what that is worth, where next. Pure: no sockets, no clock.

model       rungs, verdicts, grades: the small closed vocabularies
codes       event codes (Indiana enumeration, and ours for GA/T 1049.2) and control modes
events      one model of what a controller reports, whatever protocol it came by
inventory   intersections, controllers, approaches, detectors, e-police points, as columns
kernels     numba over columns
"""
