"""What the matching kernel needs to know of each pattern at a glance: where it begins and ends, and whether it folds."""

from __future__ import annotations

from numba import njit

from transit.kernels.columns import (
    F32,
    SEGMENT_CHORD,
    SEGMENT_DX,
    SEGMENT_DY,
    SEGMENT_PROGRESS,
    SEGMENT_STRETCH,
    SEGMENT_X,
    SEGMENT_Y,
    PatternColumns,
    ShapeColumns,
)


@njit(cache=True, nogil=True, error_model="numpy")
def measure(shapes: ShapeColumns, patterns: PatternColumns, reach: float, out: F32) -> None:
    """out [P, 3]: m of the first stop, m of the last, and 1 where two places far from each other along the shape lie within
    `reach` m. Folds are judged by the segments' middles and half lengths, which errs on the side of a fold.
    """
    for p in range(out.shape[0]):
        out[p, 0] = patterns.distance[patterns.stop_start[p]]
        out[p, 1] = patterns.distance[patterns.stop_start[p + 1] - 1]
        out[p, 2] = 1.0 if _folds(shapes.segments, shapes.segment_start[p], shapes.segment_start[p + 1], reach) else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def _folds(segments: F32, first: int, last: int, reach: float) -> bool:
    for a in range(first, last):
        half_a = 0.5 * segments[a, SEGMENT_CHORD]
        x = segments[a, SEGMENT_X] + half_a * segments[a, SEGMENT_DX]
        y = segments[a, SEGMENT_Y] + half_a * segments[a, SEGMENT_DY]
        ends = segments[a, SEGMENT_PROGRESS] + segments[a, SEGMENT_CHORD] * segments[a, SEGMENT_STRETCH]
        for b in range(a + 1, last):
            half_b = 0.5 * segments[b, SEGMENT_CHORD]
            near = reach + half_a + half_b
            if segments[b, SEGMENT_PROGRESS] - ends < 2.0 * near:
                continue  # near each other because they follow each other
            dx = x - segments[b, SEGMENT_X] - half_b * segments[b, SEGMENT_DX]
            dy = y - segments[b, SEGMENT_Y] - half_b * segments[b, SEGMENT_DY]
            if dx * dx + dy * dy < near * near:
                return True
    return False
