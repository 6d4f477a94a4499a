"""Frames that are made once for many sockets are what each of them would have been sent by itself."""

import pytest
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import OPEN
from websockets.uri import parse_uri

from navswap.edge.frames import Batch, frame_of

LENGTHS = [0, 1, 90, 124, 125, 126, 127, 65_400, 65_534, 65_535, 65_536, 70_000]


def received(frames: bytes) -> list[bytes]:
    """Return the texts that a client reads."""
    client = ClientProtocol(parse_uri("ws://localhost/"), state=OPEN, max_size=None)
    client.receive_data(frames)
    assert client.parser_exc is None
    events = client.events_received()
    assert all(isinstance(event, Frame) and event.opcode is Opcode.TEXT and event.fin for event in events)
    return [bytes(event.data) for event in events if isinstance(event, Frame)]


@pytest.mark.parametrize("length", LENGTHS)
def test_a_text_of_any_length_is_one_frame(length: int) -> None:
    text = b"a" * length
    assert received(frame_of(text)) == [text]


@pytest.mark.parametrize("beginning", [b"", b"{1", "{é".encode(), b"{" + b"9" * 130])
def test_a_batch_has_the_texts_of_each_socket_in_order(beginning: bytes) -> None:
    ends = [b"e" * length for length in LENGTHS]
    batch = Batch(ends)
    texts = [beginning + end for end in ends]
    for _ in range(2):
        assert received(batch.frames(beginning)) == texts
    assert batch.texts(beginning) == [text.decode() for text in texts]
    other = bytes(len(beginning))
    assert received(batch.frames(other)) == [other + end for end in ends]


def test_a_batch_of_nothing_is_no_frame() -> None:
    assert Batch([]).frames(b"{") == b""
