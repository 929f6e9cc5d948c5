"""Compiled: products of two tables that lie in panels, near what the machine can do at all.

A tile of the product stays in the registers while both panels pass by; nothing is laid out again from
product to product, and pieces small enough to stay in the cache cost no more than large ones. This is the
inner kernel of Goto and van de Geijn, "Anatomy of high-performance matrix multiplication" (2008). Every
element is summed in the order of the columns, whatever stands around it, so that pieces change no bit.
"""

from __future__ import annotations

import platform
from typing import Any

import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from matchmaker.matching.jit import Array, compiled

Floats = NDArray[np.float32]


def _shape_of_tile() -> tuple[int, int, int]:
    """(numbers in a register, rows of a tile, registers in a row) that the machine's registers hold."""
    features = llvm.get_host_cpu_features()
    if features.get("avx512f"):
        return 16, 8, 3
    if features.get("avx"):
        return 8, 6, 2
    return (4, 8, 3) if platform.machine() in ("aarch64", "arm64") else (4, 6, 2)


LANES, TALL, REGISTERS = _shape_of_tile()
WIDE = LANES * REGISTERS
"""A panel of the left table has `TALL` rows, one of the right table `WIDE`."""


def in_panels(table: Floats, size: int) -> Floats:
    """A table (rows, width) as panels (panels, width, size), rows side by side, zeros behind."""
    panels = np.zeros((-(-len(table) // size), table.shape[1], size), dtype=np.float32)
    _lay_out(table, panels)
    return panels


@compiled
def _lay_out(table: Array, panels: Array) -> None:
    size = panels.shape[2]
    for row in range(len(table)):
        panel, place = panels[row // size], row % size
        for column in range(table.shape[1]):
            panel[column, place] = table[row, column]


@compiled
def multiply(left: Array, right: Array, products: Array) -> None:
    """All products of the rows of left panels with those of right ones: (panels * TALL, panels * WIDE)."""
    width, stride = left.shape[1], products.shape[1]
    for column in range(len(right)):
        other = _address(right, column * width * WIDE)
        for row in range(len(left)):
            one = _address(left, row * width * TALL)
            _tile(width, one, other, _address(products, row * TALL * stride + column * WIDE), stride)


def _address_code(typing: Any, array: Any, offset: Any) -> Any:
    """Where the number at this offset of an array's memory stands."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        return builder.gep(array.data, [arguments[1]])

    return _POINTER(array, types.intp), code


def _tile_code(typing: Any, width: Any, left: Any, right: Any, products: Any, stride: Any) -> Any:
    """Write one tile (TALL, WIDE) of the product of two panels with so many columns, at least one."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        _write_tile(builder, *arguments)
        return context.get_dummy_value()

    return types.void(types.intp, _POINTER, _POINTER, _POINTER, types.intp), code


_POINTER: Any = types.CPointer(types.float32)  # type: ignore[no-untyped-call]
_address: Any = intrinsic(_address_code)
_tile: Any = intrinsic(_tile_code)


def _write_tile(builder: Any, width: Any, left: Any, right: Any, products: Any, stride: Any) -> None:
    """A loop over the columns that keeps the sums of the whole tile in registers."""
    number, vector = width.type, ir.VectorType(ir.FloatType(), LANES)
    before, loop, after = builder.block, *(builder.append_basic_block(name) for name in ("loop", "after"))
    builder.branch(loop)
    builder.position_at_end(loop)
    column = builder.phi(number)
    sums = [builder.phi(vector) for _ in range(TALL * REGISTERS)]
    row = builder.gep(right, [builder.mul(column, number(WIDE))])
    others = [_load(builder, row, number(each * LANES), vector) for each in range(REGISTERS)]
    ones = builder.gep(left, [builder.mul(column, number(TALL))])
    more = []
    for each in range(TALL):
        one = _spread(builder, builder.load(builder.gep(ones, [number(each)])), vector)
        for total, other in zip(sums[each * REGISTERS : (each + 1) * REGISTERS], others, strict=True):
            # contract: one instruction where the machine has one for both
            product = builder.fmul(one, other, flags=("contract",))
            more.append(builder.fadd(total, product, flags=("contract",)))
    following = builder.add(column, number(1))
    for phi, first, later in (
        (column, number(0), following),
        *((s, vector(None), m) for s, m in zip(sums, more, strict=True)),
    ):
        phi.add_incoming(first, before)
        phi.add_incoming(later, loop)
    builder.cbranch(builder.icmp_signed("<", following, width), loop, after)
    builder.position_at_end(after)
    for at, total in enumerate(more):
        target = builder.gep(products, [builder.mul(stride, number(at // REGISTERS))])
        place = builder.gep(target, [number(at % REGISTERS * LANES)])
        builder.store(total, builder.bitcast(place, vector.as_pointer()), align=4)


def _load(builder: Any, base: Any, offset: Any, vector: Any) -> Any:
    place = builder.bitcast(builder.gep(base, [offset]), vector.as_pointer())
    return builder.load(place, align=4)


def _spread(builder: Any, single: Any, vector: Any) -> Any:
    """A number in every lane of a register."""
    nothing, lanes = ir.Constant(vector, ir.Undefined), ir.VectorType(ir.IntType(32), LANES)
    first = builder.insert_element(nothing, single, ir.IntType(32)(0))
    return builder.shuffle_vector(first, nothing, lanes(None))
