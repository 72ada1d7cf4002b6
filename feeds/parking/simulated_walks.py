"""The streets of the simulated district as people walk them: a table that `feeds.parking.streets` reads."""

from __future__ import annotations

from feeds.simulated_streets import Streets, to_degrees


def walking_streets(streets: Streets) -> str:
    """CSV of from_node, to_node, road_class, wkt; a street once, not once a direction."""
    rows = ["from_node,to_node,road_class,wkt"]
    for edge in range(0, len(streets.edge_from), 2):
        lat, lon = to_degrees(*streets.edge_line[edge].T)
        line = ", ".join(f"{x:.6f} {y:.6f}" for x, y in zip(lon.tolist(), lat.tolist(), strict=True))
        rows.append(f'{streets.edge_from[edge]},{streets.edge_to[edge]},residential,"LINESTRING ({line})"')
    return "\n".join([*rows, ""])
