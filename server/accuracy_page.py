"""The page of the accuracy report, made from its JSON: the same for the running server and for `baimai score --html`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from markupsafe import Markup

from server.accuracy_plots import Axis, Series, bars, heat, lines, ridges
from server.accuracy_views import FEW
from server.pages import WEB, find_template
from transit.board_text import Language

Json = dict[str, Any]
ROWS = 12
"""rows of each table of places"""
_FIRST_HOUR = 4
"""where the service day begins"""
_COVERAGE = (0.77, 0.80, 0.83)
"""an 80 % interval is calibrated when its coverage lies within 3 points of 80 %"""


_NAMES = {
    "baimai": ("百脉", "Baimai"), "constant_speed": ("匀速", "constant speed"),
    "timetable_deviation": ("固定晚点", "timetable deviation"),
    "mean_of_days": ("历史平均", "mean of days"), "last_bus": ("前车", "last bus"), "blend_62_38": ("62/38 混合", "62/38 blend"),
}  # fmt: skip
"""what people call the predictors that are always there"""


class Tile(NamedTuple):
    """One figure at the top."""

    title: str
    value: str
    note: str


def page_values(report: Json, lang: Language) -> Json:
    """What the template needs, besides what depends on where it is shown."""
    told = [one | {"name": _called(one["name"], lang)} for one in report["predictors"] if one["scored"]]
    values: Json = {"report": report, "lang": lang, "told": told, "tiles": [], "plots": {}, "routes": [], "stops": []}
    if told:
        values |= {"tiles": _tiles(told, lang), "plots": _plots(report, told, lang)}
        values |= {name: _places(told, name) for name in ("routes", "stops")}
    return values


def _called(name: str, lang: Language) -> str:
    """A predictor's name for people; one given on the command line stays as it is."""
    return _NAMES.get(name, (name, name))[lang != "zh"]


def standalone_page(report: Json, lang: Language) -> str:
    """One HTML file that needs no server."""
    style = Markup((WEB / "static" / "accuracy.css").read_text(encoding="utf-8"))
    return find_template("accuracy.html").render(page_values(report, lang), style=style, agency="", dates=[])


def _tiles(told: Sequence[Json], lang: Language) -> list[Tile]:
    zh = lang == "zh"
    ours = told[0]

    def seconds(value: float | None) -> str:
        return "–" if value is None else f"{value:.0f} {'秒' if zh else 's'}"

    def share(value: float | None) -> str:
        return "–" if value is None else f"{100 * value:.1f} %"

    middle = [one["horizons"][2]["mae_s"] for one in told]
    best = min((one for one in middle[1:] if one is not None), default=None)
    against = ""
    if best and middle[0] is not None:
        against = f"{'最好的基准' if zh else 'best baseline'} {seconds(best)} · {100 * (middle[0] / best - 1):+.0f} %"
    whole, unknown = ours["whole"], "预测尚无区间" if zh else "predictions carry no interval yet"
    return [
        Tile("平均误差（提前5–10分钟）" if zh else "Mean error, 5–10 min ahead", seconds(middle[0]), against),
        Tile("MBTA 标准内" if zh else "Within MBTA bins", share(ours["mbta"]["share"]),
             f"{'未到站算错' if zh else 'missing buses wrong'}: {share(ours['mbta']['share_missing_wrong'])}"),
        Tile("Transit 得分" if zh else "Transit score", share(ours["transit"]["share"]),
             f"{'未到站算错' if zh else 'missing buses wrong'}: {share(ours['transit']['share_missing_wrong'])}"),
        Tile("80 % 区间覆盖率" if zh else "80 % interval covers", share(ours["coverage"]),
             unknown if ours["coverage"] is None else f"{'目标' if zh else 'aim'} 77–83 %"),
        Tile("提前5分钟有预测" if zh else "Predicted 5 min ahead", share(whole["foreseen_5min"]),
             f"{'10分钟' if zh else '10 min'}: {share(whole['foreseen_10min'])}"),
        Tile("幽灵车" if zh else "Ghost buses", share(whole["ghosts"]),
             f"{'共承诺' if zh else 'of'} {whole['promised']:,} {'次' if zh else 'promised'}"),
        Tile("预测摆动" if zh else "Wobble", seconds(whole["wobble_s"]),
             f"{'站牌跳增' if zh else 'displayed rises'}: {_rises(whole)} {'次/车次到站' if zh else 'an approach'}"),
    ]  # fmt: skip


def _rises(whole: Json) -> str:
    if whole["count_ups"] is None:
        return "–"
    return f"{whole['count_ups'] + whole['jumps']:.2f}"


def _plots(report: Json, told: Sequence[Json], lang: Language) -> dict[str, Markup]:
    zh = lang == "zh"
    minutes, seconds = "分钟" if zh else "min", "秒" if zh else "s"
    used = [k for k in range(len(told[0]["horizons"])) if any(one["horizons"][k]["count"] for one in told)]
    groups = [f"{told[0]['horizons'][k]['from_s'] // 60}–{told[0]['horizons'][k]['to_s'] // 60} {minutes}" for k in used]

    def by_horizon(field: str) -> list[Series]:
        return [Series(one["name"], [one["horizons"][k][field] for k in used]) for one in told]

    ours = told[0]["horizons"]
    plots = {
        "mae": bars("平均绝对误差" if zh else "Mean absolute error", groups, by_horizon("mae_s"), Axis(seconds)),
        "mbta": _ruler(told, "mbta", minutes, "全部" if zh else "all"),
        "transit": _ruler(told, "transit", minutes, "得分" if zh else "score"),
        "errors": ridges(
            "误差分布" if zh else "Distribution of errors", groups, [ours[k]["histogram"] for k in used], report["histogram_bounds_s"],
            [(ours[k]["p10_s"], ours[k]["median_s"], ours[k]["p90_s"]) for k in used],
            "分钟：早 ← 0 → 晚" if zh else "min: earlier than told ← 0 → later",
        ),
        "hours": _hours(told[0], zh),
    }  # fmt: skip
    if any(one["coverage"] is not None for one in told):
        title = "80 % 区间覆盖率" if zh else "Coverage of the 80 % interval"
        plots["coverage"] = bars(title, groups, by_horizon("coverage"), Axis("%", 0.0, 1.0), _COVERAGE)
    if report["trend"]:
        plots |= _trend(report["trend"], zh)
    return plots


def _ruler(told: Sequence[Json], name: str, minutes: str, whole: str) -> Markup:
    rows = [[*one[name]["bins"], one[name]] for one in told]
    groups = [f"{one['from_s'] // 60}–{one['to_s'] // 60} {minutes}" for one in rows[0][:-1]] + [whole]
    series = [
        Series(one["name"], [row["share"] for row in mine], [row["share_missing_wrong"] for row in mine])
        for one, mine in zip(told, rows)
    ]
    return bars(name, groups, series, Axis("%", 0.0, 1.0))


def _hours(one: Json, zh: bool) -> Markup:
    of_hour = {row["hour"]: row for row in one["hours"]}
    of_day = [(k + _FIRST_HOUR) % 24 for k in range(24)]
    there = [k for k, hour in enumerate(of_day) if hour in of_hour]
    hours = of_day[min(there) : max(there) + 1] if there else []

    def values(field: str) -> list[float | None]:
        return [of_hour[hour][field] if hour in of_hour else None for hour in hours]

    return heat("一天各小时" if zh else "By hour of the day", hours, [
        ("误差（秒）" if zh else "error, s", values("mae_s"), "", True),
        ("MBTA（%）" if zh else "MBTA, %", values("mbta"), "%", False),
        ("Transit（%）" if zh else "Transit, %", values("transit"), "%", False),
    ])  # fmt: skip


def _trend(rows: Sequence[Json], zh: bool) -> dict[str, Markup]:
    days = sorted({row["date"] for row in rows})
    names = list(dict.fromkeys(row["predictor"] for row in rows))
    names.sort(key=lambda name: (name != "baimai", name))
    lang: Language = "zh" if zh else "en"
    of = {(row["date"], row["predictor"]): row for row in rows}

    def series(field: str) -> list[Series]:
        return [Series(_called(name, lang), [of.get((day, name), {}).get(field) for day in days]) for name in names]

    shares = [row["mbta"] for row in rows if row["mbta"] is not None]
    low = max(0.0, math.floor(10.0 * min(shares, default=0.0) - 0.5) / 10.0)
    return {
        "trend_mae": lines("逐日平均误差" if zh else "Mean error by day", days, series("mae_s"), Axis("秒" if zh else "s")),
        "trend_mbta": lines("逐日 MBTA 标准内" if zh else "Within MBTA bins by day", days, series("mbta"), Axis("%", low, 1.0)),
    }


def _places(told: Sequence[Json], kind: str) -> list[Json]:
    """Our worst places that were predicted often enough to say so, each with the best baseline's error there."""
    field = f"{kind[:-1]}_id"
    baselines = [{row[field]: row["mae_s"] for row in one[kind]} for one in told[1:]]
    rows = []
    for row in [one for one in told[0][kind][:ROWS] if one["count"] >= FEW]:
        others = [one[row[field]] for one in baselines if one.get(row[field]) is not None]
        rows.append({**row, "id": row[field], "baseline_s": min(others, default=None)})
    return rows
