#!/usr/bin/env python3
"""Writes HDF5 files of every variant that ktrain reads, and those that it refuses, for hdf5_variants_test.cpp.

    make_hdf5_variants.py FOLDER [--small]

with --small only those that tests/io/fixtures holds.

Beside each NAME.h5 lies NAME.txt, what h5py says is in it, a line each:

    group PATH MEMBER...            members in byte order
    array PATH DTYPE DIMS BYTES     what ktrain's H5Reader shall give: DTYPE one of float32, float64, uint8, int32
                                    and int64, DIMS comma-separated ("-" for a scalar), BYTES their little-endian
                                    elements in hex ("-" for none)
    strings PATH HEX...             of a dataset, each string's UTF-8 in hex ("-" for "")
    attribute PATH NAME HEX...      of an object ("." for the root)
    refused PATH PHRASE...          what the reader's message says, each phrase with _ for blanks
"""

import pathlib
import sys

import h5py
import numpy as np

KEEPS = {"f2": "f4", "i1": "i4", "i2": "i4", "u2": "i4", "u4": "i8", "u8": "i8", "b1": "u1"}
NAMES = {"f4": "float32", "f8": "float64", "u1": "uint8", "i4": "int32", "i8": "int64"}


def hexed(text):
    raw = text if isinstance(text, bytes) else text.encode()
    return raw.rstrip(b"\0").hex() or "-"


def array_line(path, array):
    kind = array.dtype.str[1:]
    kept = KEEPS.get(kind, kind)
    values = np.ascontiguousarray(array.astype("<" + kept))
    dims = ",".join(map(str, array.shape)) or "-"
    return f"array {path} {NAMES[kept]} {dims} {values.tobytes().hex() or '-'}"


def describe(file):
    lines = []

    def strings(value):
        return " ".join(hexed(text) for text in np.asarray(value, dtype=object).reshape(-1))

    def visit(path, item):
        for name, value in item.attrs.items():
            if isinstance(value, h5py.Empty):
                lines.append(f"attribute {path} {name}")
            elif isinstance(value, (str, bytes)) or np.asarray(value).dtype.kind in "OS":
                lines.append(f"attribute {path} {name} {strings(value)}")
        if isinstance(item, h5py.Group):
            lines.append(f"group {path} " + " ".join(sorted(item, key=str.encode)))
        elif item.shape is not None and item.dtype.kind in "OS":
            lines.append(f"strings {path} {strings(item[()])}")
        elif item.dtype.kind == "V":  # bfloat16 as Keras marks it: the upper half of a float32
            bits = item[()].view("<u2").astype("<u4") << 16
            lines.append(array_line(path, bits.view("<f4")))
        elif item.shape is not None:
            lines.append(array_line(path, np.asarray(item[()])))

    visit(".", file)
    file.visititems(visit)
    return lines


def numbers(rng, dtype, shape):
    dtype = np.dtype(dtype)
    if dtype.kind == "f":
        return rng.standard_normal(shape).astype(dtype)
    if dtype.kind == "b":
        return rng.integers(0, 2, shape).astype(bool)
    low, high = (0, 2**15) if dtype.itemsize > 2 else (0, 2**7)
    if dtype.kind == "i":
        low = -high
    return rng.integers(low, high, shape).astype(dtype)


def types(file, rng):
    for dtype in "f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8".split():
        for order in "<>":
            for shape in (), (7,), (2, 3, 4):
                file[f"{dtype}/{'little' if order == '<' else 'big'}/{len(shape)}"] = numbers(rng, order + dtype, shape)
    file["special"] = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 1e-40, 3e38], "f4")
    file["half"] = np.array([np.inf, -np.inf, 6e-8, 6e-5, 65504, -0.0], "f2")
    file["bool"] = np.array([True, False, True])
    file["empty"] = np.zeros((0, 5), "f4")
    file["wide"] = np.array([2**62, -(2**62)], "i8")


def strings(file, rng):
    file["one"] = "größe"
    file["many"] = np.array(["a", "", "ccc", "x" * 5000], dtype=h5py.string_dtype())
    file["more"] = np.array([f"string {i}" for i in range(700)], dtype=h5py.string_dtype())
    file["fixed"] = np.array([b"ab", b"", b"abcdef"], "S6")
    file.create_dataset("chunked", data=np.array(["p", "qq"] * 50, dtype=h5py.string_dtype()), chunks=(7,))
    file.create_dataset("unwritten", shape=(3,), dtype=h5py.string_dtype())
    file.attrs["layer_names"] = [f"layer_{i}" for i in range(300)]
    file.attrs["fixed"] = np.array([b"dense", b"conv2d_1"])
    file.attrs["scalar"] = "größe"
    file.attrs["bytes"] = np.bytes_(b"2.15.0")
    file.attrs["nothing"] = h5py.Empty("S1")
    file.attrs["empty"] = np.zeros((0,), h5py.string_dtype())


def many(file, rng):
    for i in range(60):
        file.attrs[f"attribute {i}".replace(" ", "_")] = f"value {i}"
    for i in range(400):
        file[f"wide/{i}"] = np.float32(i)
    deep = file
    for i in range(40):
        deep = deep.create_group(f"level_{i}")
    deep["value"] = np.arange(5, dtype="i4")
    for name in ("größe", "with space".replace(" ", "_"), "x" * 300):
        file.create_group(f"names/{name}")


def attributes(file, rng):
    group = file.create_group("g")
    for i in range(12):
        group.attrs[f"long_{i}"] = [f"a rather long name of weights {i}.{j}" for j in range(40 * i)]
    data = file.create_dataset("d", data=np.arange(3.0))
    for i in range(300):
        data.attrs[f"a{i}"] = f"value {i}"
    if file.libver[0] != "earliest":
        file.attrs["huge"] = np.array([b"%06d" % i for i in range(30_000)])


def chunks(file, rng):
    data = numbers(rng, "f4", (13, 9, 4))
    options = {
        "plain": {},
        "deflate": dict(compression="gzip", compression_opts=9),
        "shuffle": dict(compression="gzip", shuffle=True),
        "fletcher": dict(fletcher32=True),
        "all": dict(compression="gzip", shuffle=True, fletcher32=True),
    }
    ends = {"fixed": None, "first": (None, 9, 4), "second": (13, None, 4), "larger": (40, 20, 4), "two": (None, None, 4)}
    for name, option in options.items():
        for end, maxshape in ends.items():
            for chunk in (13, 9, 4), (5, 4, 3), (1, 1, 4):
                path = f"{name}/{end}/{'x'.join(map(str, chunk))}"
                file.create_dataset(path, data=data, chunks=chunk, maxshape=maxshape, **option)
    file.create_dataset("i8", data=numbers(rng, ">i8", (50,)), chunks=(7,), compression="gzip", shuffle=True)
    file.create_dataset("zeros", data=np.zeros(200_000, "f4"), chunks=(50_000,), compression="gzip")
    sparse = file.create_dataset("sparse", shape=(40, 40), chunks=(10, 10), dtype="f4", fillvalue=2.5)
    sparse[12:15, 5:30] = 1
    growing = file.create_dataset("growing", shape=(5,), maxshape=(None,), chunks=(2,), dtype="i4", fillvalue=-1)
    growing[:] = np.arange(5)
    growing.resize((5000,))
    growing[4000:] = 7
    shrunk = file.create_dataset("shrunk", data=np.arange(100), maxshape=(None,), chunks=(10,))
    shrunk.resize((33,))
    long = file.create_dataset("long", shape=(3000,), chunks=(1,), dtype="i2")
    long[::2] = 5
    file.create_dataset("unwritten", shape=(10, 10), dtype="f8", fillvalue=0.5)
    file.create_dataset("unwritten_chunks", shape=(10, 10), chunks=(5, 5), dtype="f8")


def few(file, rng):
    """A little of strings(), many() and attributes()."""
    file["many"] = np.array(["a", "", "größe"], dtype=h5py.string_dtype())
    file["fixed"] = np.array([b"ab", b"", b"abcdef"], "S6")
    for i in range(20):
        file.attrs[f"attribute_{i}"] = [f"value {i}"]
        file[f"wide/{i}"] = np.float32(i)
    file["half"] = np.array([1.5, -2], ">f2")
    file["bool"] = np.array([True, False])


def indexes(file, rng):
    """A little of chunks()."""
    data = numbers(rng, "f4", (5, 3, 2))
    ends = {"fixed": None, "second": (5, None, 2), "two": (None, None, 2)}
    for name, option in {"plain": {}, "all": dict(compression="gzip", shuffle=True, fletcher32=True)}.items():
        for end, maxshape in ends.items():
            for chunk in (5, 3, 2), (2, 2, 1):
                path = f"{name}/{end}/{'x'.join(map(str, chunk))}"
                file.create_dataset(path, data=data, chunks=chunk, maxshape=maxshape, **option)


def layouts(file, rng):
    compact = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    compact.set_layout(h5py.h5d.COMPACT)
    space = h5py.h5s.create_simple((4, 5))
    data = numbers(rng, "f4", (4, 5))
    made = h5py.h5d.create(file.id, b"compact", h5py.h5t.IEEE_F32LE, space, compact)
    made.write(h5py.h5s.ALL, h5py.h5s.ALL, data)
    early = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    early.set_chunk((3, 2))
    early.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    made = h5py.h5d.create(file.id, b"implicit", h5py.h5t.IEEE_F32LE, space, early)
    made.write(h5py.h5s.ALL, h5py.h5s.ALL, data)
    file["committed"] = np.dtype("f4")
    file.create_dataset("of_committed", data=data, dtype=file["committed"])
    del file["committed"]
    brain = file.create_dataset("brain", data=np.array([0x3F80, 0xC000, 0x7F80, 0x0001], "<u2").view("V2"))
    brain.attrs["dtype"] = "bfloat16"
    file["linked"] = file["compact"]


def refused(folder):
    lines = []
    with h5py.File(folder / "refused.h5", "w") as file:
        file["data"] = np.arange(4.0)
        file["soft"] = h5py.SoftLink("/data")
        lines.append("refused soft soft_link 'soft'")
        file["outside"] = h5py.ExternalLink("other.h5", "/data")
        lines.append("refused outside external_link 'outside'")
        lines.append("refused outside/further external_link 'outside'")
        layout = h5py.VirtualLayout((4,), "f8")
        layout[:] = h5py.VirtualSource("other.h5", "data", (4,))
        file.create_virtual_dataset("virtual", layout)
        lines.append("refused virtual virtual_dataset")
        file.create_dataset("external", shape=(4,), dtype="f8", external=[("/etc/passwd", 0, 32)])
        lines.append("refused external external_storage")
        file.create_dataset("lzf", data=np.arange(100.0), compression="lzf")
        lines.append("refused lzf filter lzf")
        file.create_dataset("scaled", data=np.arange(100), scaleoffset=3)
        lines.append("refused scaled filter scaleoffset")
        file["complex"] = np.zeros(3, "c8")
        file["compound"] = np.zeros(3, [("a", "f4"), ("b", "i4")])
        file["opaque"] = np.zeros(3, "V5")
        file["array"] = np.zeros(3, [("a", "f4", (2,))])
        for name in "complex", "compound", "array":
            lines.append(f"refused {name} type_that_ktrain_does_not_read")
        lines.append("refused opaque type_that_ktrain_does_not_read opaque")
        file.create_dataset("bomb", shape=(2**30, 2**30), chunks=(2**10, 2**10), dtype="f4", compression="gzip")
        lines.append("refused bomb claims_the_shape_(1073741824,_1073741824)")
        file.create_dataset("huge", shape=(2**30,), dtype="f4")
        lines.append("refused huge claims_the_shape_(1073741824)")
        file.create_group("cycle/inner")
        file["cycle/inner/again"] = file["cycle"]
        lines.append("refused cycle/inner/again/inner second_name 'cycle'")
        file["up/to_root"] = file["/"]
        lines.append("refused up/to_root/data second_name")
    (folder / "refused.txt").write_text("\n".join(lines) + "\n")


def write(folder, make, low, **options):
    path = folder / f"{make.__name__}_{'block' if options else low}.h5"
    with h5py.File(path, "w", libver=(low, "latest"), **options) as file:
        make(file, np.random.default_rng(1))
    with h5py.File(path) as file:
        (folder / f"{path.stem}.txt").write_text("\n".join(describe(file)) + "\n")


def main(folder, small):
    if small:
        for make, low in (layouts, "earliest"), (layouts, "latest"), (indexes, "latest"), (few, "earliest"), (few, "latest"):
            write(folder, make, low)
    else:
        for low in "earliest", "v108", "v110", "latest":
            for make in types, strings, many, attributes, chunks, indexes, layouts, few:
                write(folder, make, low)
        write(folder, types, "earliest", userblock_size=1024)
    refused(folder)


if __name__ == "__main__":
    target = pathlib.Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    main(target, sys.argv[2:] == ["--small"])
