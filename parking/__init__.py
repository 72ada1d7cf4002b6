"""Parking: lots, reservations, sharing, money. Pure: no sockets, no clock, no files, no database.

model       states, kinds, the table of transitions: the closed vocabularies
records     what is kept of lots, reservations, windows, ledger lines: immutable values
refusals    why a command is not carried out: one exception, a closed set of codes
passages    what barriers report and what is made of it; gates, gate_amendments handle it
occupancy   how many are inside: derived and reported counts; forecast* says how many will be; day_slots is their clock
search      nearest car parks with room, over streets; availability is what can still be reserved over time
unit        the port to a store: one transaction, as the rules see it

Every rule is a function of (unit, command, now) that reads and writes through `unit.Unit` alone, so the same rule runs on a dict in
tests, on SQLite and on PostgreSQL. All times are int epoch seconds (UTC), intervals are half-open, money is int fen.
"""
