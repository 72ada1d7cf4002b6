"""Constants of delay, plans and worth, each with its unit and reason."""

from __future__ import annotations

from typing import NamedTuple

HCM_LANE = 1900.0
"""pc/h/ln, base saturation flow rate of metropolitan areas of 250,000 and more (HCM 6th and 7th ed., ch. 19; 1,750 elsewhere)"""
CHINESE_LANE = 1650.0
"""pcu/h/ln, basic saturation flow of a through lane in Chinese textbooks and design practice (1,550 left, 1,450 right turns; design
code GB 50647-2011 gives the method; the figure was read in teaching material, not in the code itself)"""


class TimingParameters(NamedTuple):
    """What a timing may be, and how its delay is reckoned."""

    shortest_cycle: int = 40
    """s; below it lost time eats the gain (Webster 1958 keeps to 25 s and more, for two stages without pedestrians)"""
    longest_cycle: int = 180
    """s; beyond it queues outgrow lanes and pedestrians stop waiting: the usual ceiling of Chinese practice"""
    cycle_step: int = 10
    """s; Webster 1958: delay changes little between ¾ and 1½ of the best cycle, so finer steps tell nothing"""
    lost: int = 4
    """s of effective green lost at each change of stage: start-up 2 s + yellow and red 4 s - 2 s used of them (HCM eq. 19-1)"""
    least_green: int = 15
    """s of effective green of each stage where nothing is known of its crossings: 7 s walk and 8 m at 1 m/s; see `pedestrian_green`"""
    period: float = 0.25
    """h: T of d2, the length of the intervals that are counted"""
    factor: float = 0.5
    """k of d2: pretimed (HCM ch. 19, step 8), for both sides of a comparison, so that only splits and cycles differ"""


TIMING = TimingParameters()


class WorthParameters(NamedTuple):
    """What better timing is compared with, and how sure the figure is."""

    timing: TimingParameters = TIMING
    plans: int = 6
    """time-of-day plans a day at most: night, two peaks, midday, evening and one more, as signal manuals have it (four to six)"""
    shortest_plan: int = 2
    """intervals a plan stays at least: half an hour, so that changing plans does not cost more than it brings"""
    lane: float = CHINESE_LANE
    """pcu/h of green, of a lane; `HCM_LANE` where that manual rules"""
    resamples: int = 400
    """bootstrap resamples of days: ten lie beyond each end of the interval"""
    level: float = 0.95
    """of that interval"""
    tolerance: float = 0.05
    """share by which the detector-seconds behind an interval may differ from the approach's usual ones: more, and a lane was missing
    (or counted twice) and the interval is unknown. As for messages of the rung `online`"""


WORTH = WorthParameters()
