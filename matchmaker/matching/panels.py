"""Compiled: products of two tables in panels of whole numbers of 16 bits, and how far off they may be.

A tile of the product stays in the registers while both panels pass by; nothing is laid out again from
product to product, and pieces small enough to stay in the cache cost no more than large ones. This is the
inner kernel of Goto and van de Geijn, "Anatomy of high-performance matrix multiplication" (2008).

Two columns at a time are multiplied in 16 bits and summed in 32, which processors do at least as fast as
single precision, and with VNNI twice as fast. Every row has its own scale, small enough that no sum can leave
32 bits, whatever it is multiplied with. What rounding may have changed is bounded by `doubt`.
"""

from __future__ import annotations

import platform
from dataclasses import dataclass
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
    if features.get("avx512bw"):
        return 16, 8, 3
    if features.get("avx2"):
        return 8, 6, 2
    return (4, 8, 3) if platform.machine() in ("aarch64", "arm64") else (4, 6, 2)


LANES, TALL, REGISTERS = _shape_of_tile()
WIDE = LANES * REGISTERS
"""A panel of the left table has `TALL` rows, one of the right table `WIDE`."""
LONGEST = 46_300.0
"""Length of a row in whole numbers: with rounding, products of two stay below 2**31 (Cauchy and Schwarz)."""
GREATEST = 32_767.0
"""Of a single number."""
SINGLE = 4e-7
"""What turning a sum into single precision, and two scalings, may change it by, relative to both lengths."""


@dataclass(frozen=True, slots=True)
class Panels:
    """The rows of a table in whole numbers, side by side in panels, zeros behind.

    numbers  int16 (panels, pairs of columns, size, 2)
    scales   float32 (panels * size), what a row's whole numbers stand for
    length   that of the longest row
    error    length of the greatest difference between a row and its whole numbers
    """

    numbers: NDArray[np.int16]
    scales: Floats
    length: float
    error: float

    def __len__(self) -> int:
        """Rows, those that fill the last panel included."""
        return len(self.scales)


def in_panels(table: Floats, size: int) -> Panels:
    """A table (rows, width) in panels of so many rows."""
    panels = -(-len(table) // size)
    numbers = np.zeros((panels, -(-table.shape[1] // 2), size, 2), dtype=np.int16)
    scales = np.zeros(panels * size, dtype=np.float32)
    length, error = _lay_out(table, numbers, scales)
    return Panels(numbers, scales, length, error)


def multiply(left: Panels, right: Panels, products: Floats) -> None:
    """All products of the rows of left panels (`TALL` rows) with those of right ones (`WIDE` rows)."""
    _multiply(left.numbers, left.scales, right.numbers, right.scales, products)


def doubt(left: Panels, right: Panels) -> float:
    """By how much a product of `multiply` may differ from that of the rows (Cauchy and Schwarz)."""
    reach = right.length + right.error
    return left.length * right.error + left.error * reach + SINGLE * (left.length + left.error) * reach


@compiled
def _lay_out(table: Array, numbers: Array, scales: Array) -> tuple[float, float]:
    size, longest, furthest = numbers.shape[2], 0.0, 0.0
    for row in range(len(table)):
        panel, place, square, peak = numbers[row // size], row % size, 0.0, 0.0
        for column in range(table.shape[1]):
            number = float(table[row, column])
            square += number * number
            peak = max(peak, abs(number))
        length, apart = np.sqrt(square), 0.0
        scale = np.float32(max(length / LONGEST, peak / GREATEST))
        scales[row] = scale
        if scale > 0:
            for column in range(table.shape[1]):
                number = float(table[row, column])
                whole = np.rint(number / scale)
                apart += (number - whole * scale) ** 2
                panel[column // 2, place, column % 2] = np.int16(min(max(whole, -GREATEST), GREATEST))
        longest, furthest = max(longest, length), max(furthest, np.sqrt(apart))
    return longest, furthest


@compiled
def _multiply(left: Array, left_scales: Array, right: Array, right_scales: Array, products: Array) -> None:
    pairs, stride = left.shape[1], products.shape[1]
    for column in range(len(right)):
        other = _address(right, column * pairs * WIDE * 2)
        scales = _address(right_scales, column * WIDE)
        for row in range(len(left)):
            one = _address(left, row * pairs * TALL * 2)
            place = _address(products, row * TALL * stride + column * WIDE)
            _tile(pairs, one, _address(left_scales, row * TALL), other, scales, place, stride)


def _address_code(typing: Any, array: Any, offset: Any) -> Any:
    """Where the number at this offset of an array's memory stands."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        return builder.gep(array.data, [arguments[1]])

    return types.CPointer(array.dtype)(array, types.intp), code  # type: ignore[no-untyped-call]


def _tile_code(
    typing: Any, pairs: Any, left: Any, tall: Any, right: Any, wide: Any, products: Any, stride: Any
) -> Any:
    """Write one tile (TALL, WIDE) of the product of two panels of so many pairs of columns, at least one."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pairs, left, tall, right, wide, products, stride = arguments
        sums = _sums(builder, pairs, left, right)
        _write(builder, sums, tall, wide, products, stride)
        return context.get_dummy_value()

    whole, single = (types.CPointer(kind) for kind in (types.int16, types.float32))  # type: ignore[no-untyped-call]
    return types.void(types.intp, whole, single, whole, single, single, types.intp), code


_address: Any = intrinsic(_address_code)
_tile: Any = intrinsic(_tile_code)


def _sums(builder: Any, pairs: Any, left: Any, right: Any) -> list[Any]:
    """A loop over pairs of columns that keeps the sums of the whole tile in registers.

    A register holds pairs; to multiply two of them and add neighbours is one instruction on most processors,
    and the compiler knows it by this form (x86: pmaddwd, with VNNI vpdpwssd).
    """
    number, half, whole = pairs.type, ir.IntType(16), ir.IntType(32)
    vector, split = ir.VectorType(whole, LANES), ir.VectorType(half, 2 * LANES)
    double = ir.VectorType(whole, 2 * LANES)
    nothing = ir.Constant(double, ir.Undefined)
    even, odd = (ir.Constant(vector, [2 * lane + add for lane in range(LANES)]) for add in (0, 1))
    before, loop, after = builder.block, *(builder.append_basic_block(name) for name in ("loop", "after"))
    builder.branch(loop)
    builder.position_at_end(loop)
    pair = builder.phi(number)
    sums = [builder.phi(vector) for _ in range(TALL * REGISTERS)]
    ones = builder.bitcast(builder.gep(left, [builder.mul(pair, number(2 * TALL))]), whole.as_pointer())
    row = builder.gep(right, [builder.mul(pair, number(2 * WIDE))])
    others = [
        builder.sext(_load(builder, row, number(2 * each * LANES), split, 2), double)
        for each in range(REGISTERS)
    ]
    more = []
    for each in range(TALL):
        both = _spread(builder, builder.load(builder.gep(ones, [number(each)]), align=2), vector)
        one = builder.sext(builder.bitcast(both, split), double)
        for total, other in zip(sums[each * REGISTERS : (each + 1) * REGISTERS], others, strict=True):
            products = builder.mul(one, other)
            neighbours = (builder.shuffle_vector(products, nothing, lanes) for lanes in (even, odd))
            more.append(builder.add(total, builder.add(*neighbours)))
    following = builder.add(pair, number(1))
    for phi, first, later in (
        (pair, number(0), following),
        *((s, vector(None), m) for s, m in zip(sums, more, strict=True)),
    ):
        phi.add_incoming(first, before)
        phi.add_incoming(later, loop)
    builder.cbranch(builder.icmp_signed("<", following, pairs), loop, after)
    builder.position_at_end(after)
    return more


def _write(builder: Any, sums: list[Any], tall: Any, wide: Any, products: Any, stride: Any) -> None:
    """Scale the sums of a tile and store them in single precision."""
    number, vector = stride.type, ir.VectorType(ir.FloatType(), LANES)
    scales = [_load(builder, wide, number(each * LANES), vector, 4) for each in range(REGISTERS)]
    for row in range(TALL):
        scale = _spread(builder, builder.load(builder.gep(tall, [number(row)])), vector)
        line = builder.gep(products, [builder.mul(stride, number(row))])
        for each in range(REGISTERS):
            single = builder.sitofp(sums[row * REGISTERS + each], vector)
            scaled = builder.fmul(builder.fmul(single, scale), scales[each])
            place = builder.gep(line, [number(each * LANES)])
            builder.store(scaled, builder.bitcast(place, vector.as_pointer()), align=4)


def _load(builder: Any, base: Any, offset: Any, vector: Any, align: int) -> Any:
    place = builder.bitcast(builder.gep(base, [offset]), vector.as_pointer())
    return builder.load(place, align=align)


def _spread(builder: Any, single: Any, vector: Any) -> Any:
    """A number in every lane of a register."""
    nothing, lanes = ir.Constant(vector, ir.Undefined), ir.VectorType(ir.IntType(32), LANES)
    first = builder.insert_element(nothing, single, ir.IntType(32)(0))
    return builder.shuffle_vector(first, nothing, lanes(None))
