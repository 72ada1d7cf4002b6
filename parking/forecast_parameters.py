"""Constants of the occupancy forecast. Chosen on days 1 and 2 of sim_city, each forecast from the other, and never on its test day."""

from __future__ import annotations

from typing import NamedTuple


class ForecastParameters(NamedTuple):
    """`slot_s` and `longest_s` fix the shape of what is learned; all else may change between runs."""

    slot_s: int = 300
    """s; the grid of profiles: operators report every 5 minutes at best"""
    longest_s: int = 3600
    """s ahead at most"""
    city_width: int = 2
    """slots to each side over which the profile of all lots together is smoothed (triangle)"""
    lot_width: int = 12
    """slots to each side for one lot: it sees some 50 arrivals a day, all together thousands"""
    shared_arrivals: float = 50.0
    """arrivals of its own that a lot needs until its own profile counts as much as its share of all lots'"""
    shared_departures: float = 20.0
    """departures of its own about an hour until its own rate of leaving counts as much as that of all lots"""
    city_memory_s: float = 900.0
    """s; how fast the ratio of today to the profile forgets: a rush hour that comes ten minutes late turns it within a quarter"""
    city_prior: float = 50.0
    """vehicles; how many expected ones the ratio leans on 1 with"""
    most_shift_s: int = 1800
    """s; today's rush may come so much earlier or later than usual"""
    usual_shift_s: float = 600.0
    """s; standard deviation of that beforehand: days 1 and 2 lie ten minutes apart"""
    shift_memory_s: float = 5400.0
    """s; the shift is a day's own and lasts: it forgets slowly"""
    shift_trust: float = 0.1
    """of the counts' likelihood: arrivals of neighbouring slots are not independent, nor is the profile exact"""
    lot_memory_s: float = 5400.0
    """s; the same for the ratio of one lot to all"""
    lot_prior: float = 20.0
    """vehicles"""
    turning: float = 0.02
    """relative variance an hour ahead by which today's ratio to the profile may turn"""
    day_memory: float = 10.0
    """days of one type after which a day counts 1/e: a fortnight of working days"""
    covered: float = 0.8
    """share of outcomes that lie in the interval"""
    step: float = 0.3
    """of the bounds for each slot in which all outcomes of a class miss on one side (Gibbs and Candès 2021, adaptive conformal)"""
