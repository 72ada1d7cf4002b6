"""Messages of GA/T 1049.2 as signal systems push them, and an inventory that they speak of.

Written after the standard's field names (2024 edition; `OLDER_*` as systems of the 2013 edition write them: `140.0`, no namespace).
"""

from __future__ import annotations

import numpy as np

from feeds.signals.last_reports import LastReports
from feeds.signals.reports import Decoded, Source
from feeds.signals.site import Site
from signals.inventory import Inventory

CROSS, OTHER = "37018180000101", "37018180000102"
"""6 digits of the authority, 80, 4 digits… both held by one controller"""
CONTROLLER = "37018100000000011"
EIGHT = 1_772_409_600_000
"""2026-03-02 08:00:00 +08:00, which the Seq of a message says"""
RECEIVED = EIGHT + 700


def inventory() -> Inventory:
    """Two intersections at one controller, one that has none; lanes 1 and 2 on the north approach, 3 on the east one of the other."""
    nowhere = np.full(3, np.nan)
    return Inventory(
        (CONTROLLER,),
        (CROSS, OTHER, "37018180000103"),
        np.array([0, 0, -1], np.int32),
        np.zeros(3, np.int8),
        np.full(3, -1, np.int32),
        nowhere,
        nowhere,
        approach_ids=("north", f"{CROSS}/east", f"{OTHER}/east"),
        approach_intersection=np.array([0, 0, 1], np.int32),
        detector_device=np.zeros(4, np.int32),
        detector_channel=np.arange(1, 5, dtype=np.int32),
        detector_approach=np.array([0, 0, 2, -1], np.int32),
        detector_lane=("1", "02", "3", "4"),
    )


def source() -> Source:
    """A source that has reported nothing yet."""
    return Source(Site(inventory()), LastReports())


def rows(decoded: Decoded) -> list[tuple[int, int, int]]:
    """(ms after eight, code, parameter) of each event; all are the controller's."""
    assert not decoded.events.device.any()
    return [(time - EIGHT, code, parameter) for time, _, code, parameter in zip(*(column.tolist() for column in decoded.events))]


def message(objects: str, seq: str = "20260302080000000001", kind: str = "PUSH") -> str:
    """The envelope of GA/T 1049.1 around objects."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Message xmlns="http://tmri.cn/ticp/tsc/v1.0">
  <Version>2.0</Version>
  <Token>8C9518A7AD2CB43B</Token>
  <From><Address><Sys>TSC</Sys><SubSys/><Instance/></Address></From>
  <To><Address><Sys>TICP</Sys><SubSys/><Instance/></Address></To>
  <Type>{kind}</Type>
  <Seq>{seq}</Seq>
  <Body>
    <Operation order="1" name="Notify">{objects}</Operation>
  </Body>
</Message>"""


STATE = f"<CrossState><CrossID>{CROSS}</CrossID><Value>Online</Value></CrossState>"
MODE_PLAN = f"<CrossModePlan><CrossID>{CROSS}</CrossID><ControlMode>33</ControlMode><PlanNo>4</PlanNo></CrossModePlan>"
CYCLE = f"""
<CrossCycle>
  <CrossID>{CROSS}</CrossID>
  <StartTime>2026-03-02 07:59:30</StartTime>
  <LastCycleLen>120</LastCycleLen>
  <AdjustFlag>1</AdjustFlag>
</CrossCycle>"""
STAGE = f"""
<CrossStage>
  <CrossID>{CROSS}</CrossID>
  <LastStageNo>3</LastStageNo>
  <LastStageLen>28</LastStageLen>
  <CurStageNo>1</CurStageNo>
  <CurStageStartTime>2026-03-02 07:59:55</CurStageStartTime>
  <CurStageLen>5</CurStageLen>
</CrossStage>"""
ERROR = f"""
<SignalControllerError>
  <SignalControlerID>{CONTROLLER}</SignalControlerID>
  <ErrorType>3</ErrorType>
  <ErrorDesc>时钟故障</ErrorDesc>
  <OccurTime>2026-03-02 07:58:00</OccurTime>
</SignalControllerError>"""
TRAFFIC = f"""
<CrossTrafficData>
  <CrossID>{CROSS}</CrossID>
  <EndTime>2026-03-02 08:00:00</EndTime>
  <Interval>300</Interval>
  <DataList>
    <Data>
      <LaneNo>1</LaneNo><Volume>480</Volume><Pcu>510</Pcu><Saturation>62.5</Saturation>
      <QueueLength>31.5</QueueLength><MaxQueueLength>54</MaxQueueLength><Occupancy>18</Occupancy>
    </Data>
    <Data><LaneNo>2</LaneNo><Volume>0</Volume><Occupancy>0</Occupancy></Data>
    <Data><LaneNo>9</LaneNo><Volume>60</Volume><Occupancy>3</Occupancy></Data>
  </DataList>
</CrossTrafficData>"""
STAGE_TRAFFIC = f"""
<StageTrafficData>
  <CrossID>{OTHER}</CrossID>
  <StartTime>2026-03-02 07:59:10</StartTime>
  <EndTime>2026-03-02 07:59:50</EndTime>
  <StageNo>2</StageNo>
  <DataList><Data><LaneNo>3</LaneNo><VehicleNum>17</VehicleNum><Occupancy>120</Occupancy></Data></DataList>
</StageTrafficData>"""
OLDER_CYCLE = (
    '<?xml version="1.0" encoding="UTF-8"?><Message><Version>1.0</Version><Token>1E1969411E51CA7D</Token><From><Address><Sys>UTCS</Sys>'
    "<SubSys></SubSys><Instance></Instance></Address></From><To><Address><Sys>TICP</Sys></Address></To><Type>PUSH</Type>"
    f'<Seq>20260302080020000001</Seq><Body><Operation name="Notify" order="1"><CrossCycle><CrossID>{CROSS}</CrossID>'
    "<StartTime>2026-03-02 08:00:20</StartTime><LastCycleLen>140.0</LastCycleLen><CurCycleLen>140.0</CurCycleLen>"
    "<CurCycleRemainLen>140.0</CurCycleRemainLen></CrossCycle></Operation></Body></Message>"
)


def lamps(time: str, *groups: tuple[int, str]) -> str:
    """CrossSignalGroupStatus: each group's number and its red, yellow and green lamp."""
    each = (f"<SignalGroupNo>{no}</SignalGroupNo><LampStatus>{status}</LampStatus>" for no, status in groups)
    one = "".join(f"<SignalGroupStatus>{group}</SignalGroupStatus>" for group in each)
    return (
        f"<CrossSignalGroupStatus><CrossID>{CROSS}</CrossID><LampStatusTime>2026-03-02 {time}</LampStatusTime>"
        f"<SignalGroupStatusList>{one}</SignalGroupStatusList></CrossSignalGroupStatus>"
    )
