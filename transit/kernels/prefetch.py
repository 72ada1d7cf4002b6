"""Asks the processor to fetch a row it will need soon. Fleets and shapes outgrow the caches, and positions come in any order,
so without it most of a kernel's time is waiting for memory. Without the JIT it does nothing; results never depend on it.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import config, types
from numba.core import cgutils
from numba.extending import intrinsic

SOON = 16
"""positions ahead that a vehicle's rows are fetched"""


def _lower(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    """LLVM's prefetch of the first byte of array[index]: for reading, to be kept in every cache level, data."""
    array = context.make_array(signature.args[0])(context, builder, args[0])
    byte, word = ir.IntType(8).as_pointer(), ir.IntType(64)
    index = args[1] if args[1].type.width == 64 else builder.sext(args[1], word)
    offset = builder.mul(index, cgutils.unpack_tuple(builder, array.strides)[0])
    address = builder.gep(builder.bitcast(array.data, byte), [offset])
    number = ir.IntType(32)
    kind = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
    function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch")
    builder.call(function, [address, number(0), number(3), number(1)])
    return context.get_dummy_value()


if config.DISABLE_JIT:

    def prefetch(array: Any, index: int) -> None:
        """Nothing: there is no machine code to help."""

else:

    @intrinsic
    def prefetch(typing_context: Any, array: Any, index: Any) -> Any:
        """prefetch(array, index): starts fetching row `index`, which must be a row of the array, and does not wait for it."""
        return types.void(array, index), _lower
