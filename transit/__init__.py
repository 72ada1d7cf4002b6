"""Public transport: where the buses are, when they arrive, what a board says. Pure: no sockets, no clock, no files.

errors        what can be wrong with a network or a record
parameters    every tuned constant, with unit and reason
model         states, sources and the values readers see
geometry      WGS-84 to local metres, polylines, simplification
polylines     shapes to the few long segments that positions are matched against
grid          which segments pass near each cell of the plane
service_day   GTFS times (noon minus 12 h) to epoch seconds; which services run on a date
strings       many short strings in one array
network       the compiled timetable: stops, routes, patterns, trips, blocks, stop times, calendars as columns
network_file  network to and from one .npz file
fleet         one record a vehicle: what is known of it
assignment    which pattern and trip a vehicle without ids is on, by evidence, or none
tracker       positions in, matches and stop events out
prediction    arrivals at every stop ahead, layover and next trip of the block included
snapshot      the immutable picture of one instant that every reader sees
changes       what sources say of service changes; changes_in_force: that against a network
boards        the fallback ladder: what a stop's board shows
board_text    the words of a board, Chinese and English; minutes; widths
kernels       numba over columns
"""
