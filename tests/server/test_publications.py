from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st
from websockets.client import ClientProtocol
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame
from websockets.protocol import OPEN
from websockets.uri import parse_uri

from server.publications import WINDOW_BITS, Publication, compose, deflated_frame, text_frame


def read_frames(data: bytes, deflate: bool) -> list[str]:
    """What a real client of the `websockets` library makes of the bytes."""
    client = ClientProtocol(parse_uri("ws://board/"), state=OPEN, max_size=None)
    if deflate:
        client.extensions = [PerMessageDeflate(True, True, WINDOW_BITS, WINDOW_BITS)]
    client.receive_data(data)
    frames = [event for event in client.events_received() if isinstance(event, Frame)]
    assert client.parser_exc is None
    return [bytes(frame.data).decode() for frame in frames]


@given(st.text(max_size=300) | st.integers(0, 70_000).map(lambda n: "站" * (n // 3) + "x" * (n % 3)))
def test_a_client_reads_back_what_was_framed_plain_or_compressed(text: str) -> None:
    for deflate, frame in ((False, text_frame), (True, deflated_frame)):
        data = frame(text.encode())
        assert read_frames(data + data, deflate) == [text, text]


@given(st.text(), st.integers(0, 2**53 - 1), st.dictionaries(st.text(), st.integers(-9, 9)))
def test_a_message_has_the_five_fields_and_the_data_as_given(topic: str, seq: int, value: dict[str, int]) -> None:
    data = json.dumps(value).encode()
    message = compose(topic, "e.1", seq, "2026-01-01T00:00:00+08:00", data)
    assert json.loads(message) == {
        "topic": topic,
        "epoch": "e.1",
        "seq": seq,
        "at": "2026-01-01T00:00:00+08:00",
        "data": value,
    }


def test_a_marked_frame_says_whether_it_was_recovered() -> None:
    message = compose("stop:1", "e", 2, "at", b"{}")
    publication = Publication("stop:1", "e", 2, b"{}", message, 1)
    for recovered in (True, False):
        (text,) = read_frames(publication.marked(recovered), deflate=False)
        assert json.loads(text) == {**json.loads(message), "recovered": recovered}


def test_each_frame_is_made_once() -> None:
    publication = Publication("t", "e", 1, b"{}", b"x" * 500, 1)
    assert publication.plain is publication.plain
    assert publication.deflated is publication.deflated
    assert len(publication.deflated) < len(publication.plain)
