"""What a notebook's cells have printed and drawn, as far as a page may show it: text, tracebacks, PNG and JPEG.

HTML, SVG, JavaScript and widgets are never shown: where an output has them, its plain text is. Whatever is malformed is
left out with a note.
"""

from __future__ import annotations

import base64
import binascii
from typing import Final

import msgspec

MOST: Final = 20
"""Outputs of a cell that are shown."""
TEXT_LIMIT: Final = 10_000
"""Characters of one output that are shown."""
PICTURE_LIMIT: Final = 1 << 20
"""Bytes of a picture that is shown."""
_OPENINGS: Final = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}


class Output(msgspec.Struct, frozen=True):
    """One output: text, or the base64 of a picture of the type `picture`."""

    text: str = ""
    picture: str = ""


_Text = str | list[str]


class _OutputJson(msgspec.Struct):
    output_type: str = ""
    text: _Text = ""
    data: dict[str, msgspec.Raw] = {}
    traceback: list[str] = []
    ename: str = ""
    evalue: str = ""


_list = msgspec.json.Decoder(list[msgspec.Raw])
_output = msgspec.json.Decoder(_OutputJson)
_text = msgspec.json.Decoder(_Text)


def read_outputs(data: bytes) -> list[Output]:
    """The outputs in a cell's JSON."""
    try:
        found = _list.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return [Output("(outputs that can't be read)")]
    shown = [_read(bytes(raw)) for raw in found[:MOST]]
    if len(found) > MOST:
        shown.append(Output(f"({len(found) - MOST} more outputs)"))
    return shown


def _read(raw: bytes) -> Output:
    try:
        output = _output.decode(raw)
        if output.output_type == "stream":
            return Output(_joined(output.text))
        if output.output_type == "error":
            return Output("\n".join(output.traceback)[:TEXT_LIMIT] or f"{output.ename}: {output.evalue}"[:TEXT_LIMIT])
        for kind in _OPENINGS:
            if kind in output.data:
                return _picture(kind, _joined(_text.decode(output.data[kind]), 2 * PICTURE_LIMIT))
        if "text/plain" in output.data:
            return Output(_joined(_text.decode(output.data["text/plain"])))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Output("(an output that can't be read)")
    return Output("(an output that is neither text nor a PNG or JPEG)")


def _picture(kind: str, text: str) -> Output:
    try:
        data = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return Output("(a picture that can't be read)")
    if len(data) > PICTURE_LIMIT:
        return Output("(a picture of more than 1 MiB)")
    if not data.startswith(_OPENINGS[kind]):
        return Output("(a picture that is none)")
    return Output(picture=f"data:{kind};base64,{base64.b64encode(data).decode()}")


def _joined(text: str | list[str], limit: int = TEXT_LIMIT) -> str:
    return (text if isinstance(text, str) else "".join(text))[:limit]
