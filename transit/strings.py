"""Many short strings in two arrays: compact, loads without a loop, decoded one at a time when somebody asks."""
from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from transit.kernels.columns import I64, U8


@dataclass(frozen=True, slots=True)
class Strings:
    """An immutable sequence of strings. `starts` [count + 1] bounds each one's UTF-8 bytes in `text`."""

    starts: I64
    text: U8

    @classmethod
    def of(cls, values: Iterable[str]) -> Strings:
        """Pack strings, in order."""
        encoded = [value.encode() for value in values]
        starts = np.zeros(len(encoded) + 1, np.int64)
        np.cumsum([len(one) for one in encoded], out=starts[1:])
        return cls(starts, np.frombuffer(b"".join(encoded), np.uint8))

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __getitem__(self, index: int) -> str:
        if not 0 <= index < len(self):
            raise IndexError(index)
        return self.text[self.starts[index] : self.starts[index + 1]].tobytes().decode()

    def __iter__(self) -> Iterator[str]:
        raw, bounds = self.text.tobytes(), self.starts.tolist()
        return (raw[a:b].decode() for a, b in pairwise(bounds))
