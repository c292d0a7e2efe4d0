"""The memory that an Arrow stream takes once it is unpacked, read from its headers.

Format: https://arrow.apache.org/docs/format/Columnar.html#serialization-and-interprocess-communication-ipc and
Message.fbs there; FlatBuffers: https://flatbuffers.dev/internals.
"""

import struct

import pyarrow as pa

_HEADER = 2
"""Field of a message that has its header."""
_DATA = 1
"""Field of a dictionary batch that has the record batch."""
_BUFFERS = 2
"""Field of a record batch that has the places of its buffers."""
_COMPRESSION = 3
"""Field of a record batch that says how its buffers are compressed."""


def uncompressed_bytes(stream: pa.Buffer) -> int:
    """Return the bytes of all columns together, uncompressed. Raise ArrowInvalid for what is no Arrow stream."""
    total = 0
    for message in pa.ipc.MessageReader.open_stream(stream):
        if message.type in ("record batch", "dictionary"):
            try:
                total += _batch_bytes(message)
            except struct.error:
                raise pa.ArrowInvalid("an Arrow message is damaged") from None
    return total


def _batch_bytes(message: pa.Message) -> int:
    """Return the uncompressed bytes of one message."""
    header = bytes(message.metadata)
    batch = _table(header, _root(header), _HEADER)
    if message.type == "dictionary":
        batch = _table(header, batch, _DATA)
    if _field(header, batch, _COMPRESSION) is None:
        return int(message.body.size)
    buffers = _table(header, batch, _BUFFERS)
    (count,) = struct.unpack_from("<I", header, buffers)
    places = struct.iter_unpack("<qq", header[buffers + 4 : buffers + 4 + 16 * count])
    # A compressed buffer begins with its uncompressed length; -1: it is left uncompressed.
    body = memoryview(message.body)
    lengths = [(struct.unpack_from("<q", body, offset)[0], length) for offset, length in places if length]
    return sum(length if unpacked == -1 else abs(unpacked) for unpacked, length in lengths)


def _root(flatbuffer: bytes) -> int:
    (place,) = struct.unpack_from("<I", flatbuffer)
    return int(place)


def _field(flatbuffer: bytes, table: int, field: int) -> int | None:
    """Return the place of a field of a table; None if it is left out."""
    (back,) = struct.unpack_from("<i", flatbuffer, table)
    (size,) = struct.unpack_from("<H", flatbuffer, table - back)
    if 4 + 2 * field >= size:
        return None
    (offset,) = struct.unpack_from("<H", flatbuffer, table - back + 4 + 2 * field)
    return table + offset if offset else None


def _table(flatbuffer: bytes, table: int, field: int) -> int:
    """Return the place of the table or vector to which a field of a table refers."""
    place = _field(flatbuffer, table, field)
    if place is None:
        raise struct.error("left out")
    (offset,) = struct.unpack_from("<I", flatbuffer, place)
    return int(place + offset)
