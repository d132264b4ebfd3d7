from __future__ import annotations

import ast
import contextlib
import io
import json
import zipfile

import msgspec
import nbformat
import nbformat.v3
import nbformat.v4
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from grader.decoding import decode
from grader.errors import Unreadable
from grader.source import CELL_LIMIT, NOTEBOOK_LIMIT, SOURCE_LIMIT, read_notebook, read_source

CHINESE = 'def 前向(输入):\n    return "梯度"\n'


def notebook(*cells, **metadata):
    """A notebook of format 4 with these sources as code cells."""
    code = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": source} for source in cells]
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": code}


def dumped(*cells, **metadata):
    return json.dumps(notebook(*cells, **metadata)).encode()


def why(data, kind="python"):
    with pytest.raises(Unreadable) as caught:
        read_source(data, kind)
    message = str(caught.value)
    assert "\n" not in message
    return message


class TestDecoding:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
    def test_a_byte_order_mark_or_utf8_is_read(self, encoding):
        """UTF-8 with and without a mark, UTF-16 and UTF-32 with theirs, all give the same text."""
        assert decode(CHINESE.encode(encoding))[0] == CHINESE

    @pytest.mark.parametrize(("mark", "encoding"), [(b"\xfe\xff", "utf-16-be"), (b"\x00\x00\xfe\xff", "utf-32-be")])
    def test_big_endian_marks_are_read(self, mark, encoding):
        """The big-endian marks are known too."""
        assert decode(mark + CHINESE.encode(encoding))[0] == CHINESE

    def test_plain_utf8_needs_no_remark(self):
        """Nothing is said about what is as it should be, with a mark or a coding line or without."""
        assert decode(CHINESE.encode())[1] == ()
        assert decode(CHINESE.encode("utf-8-sig"))[1] == ()
        assert decode(b"# -*- coding: utf-8 -*-\nx = 1\n")[1] == ()

    @pytest.mark.parametrize("encoding", ["gbk", "gb18030", "big5", "cp1251", "shift_jis", "latin-1", "euc-kr"])
    @pytest.mark.parametrize("line", ["# -*- coding: {} -*-", "#!/usr/bin/env python\n# vim: set fileencoding={} :"])
    def test_the_coding_line_is_followed(self, encoding, line):
        """PEP 263's line on the first or second line decides, and the remark says so."""
        letters = {"cp1251": "градиент", "latin-1": "é", "euc-kr": "기울기", "shift_jis": "勾配"}.get(encoding, "梯度")
        text = line.format(encoding) + f"\nx = '{letters}'\n"
        found, remarks = decode(text.encode(encoding))
        assert found == text
        assert "as its coding line says" in remarks[0]

    def test_a_coding_line_counts_on_the_first_two_lines_only(self):
        """The third line, or a second one after code, names nothing."""
        late = b"#\n#\n# coding: gbk\nx = '\xcc\xdd'\n"
        assert decode(late)[0] == "#\n#\n# coding: gbk\nx = 'ÌÝ'\n"
        assert decode(b"import os\n# coding: gbk\nx = '\xcc\xdd'\n")[0].endswith("'ÌÝ'\n")

    @pytest.mark.parametrize(
        "name",
        [
            *[
                "idna",
                "punycode",
                "unicode_escape",
                "raw_unicode_escape",
                "undefined",
                "rot13",
                "hex",
                "zlib",
                "base64",
            ],
            *["utf-7", "utf-16", "cp500", "nonsense", "..", "os", "aliases", "x" * 300],
        ],
    )
    def test_only_text_encodings_are_used(self, name):
        """A coding line that names a codec which transforms, hides or does not exist is reported and not followed."""
        source = f"# coding: {name}\nx = '\\u0041+AGE-'\n"
        text, remarks = decode(source.encode())
        assert text == source
        assert "no text encoding" in remarks[0]

    def test_a_wrong_coding_line_gives_way_to_utf8(self):
        """What is not the encoding that it names is tried as UTF-8, with a remark."""
        text, remarks = decode("# coding: ascii\nx = 'é'\n".encode())
        assert "'é'" in text
        assert "it is not the ascii" in remarks[0]

    def test_a_mark_of_utf8_before_something_else(self):
        """What a byte order mark calls UTF-8 and is none is read as cp1252, without its NUL bytes."""
        text, remarks = decode(b"\xef\xbb\xbfx = '\xe9'\x00\n")
        assert text == "x = 'é'\n"
        assert remarks == (
            "read as cp1252, since it is not the UTF-8 that its byte order mark says",
            "NUL characters were taken out",
        )

    def test_cp1252_is_the_last_resort(self):
        """What is no UTF-8 is read as cp1252, undefined bytes replaced, with a remark."""
        text, remarks = decode(b"# na\xefve \x80 \x81\nx = 1\n")
        assert text == "# naïve € \ufffd\nx = 1\n"
        assert "cp1252" in remarks[0]

    def test_line_endings_become_line_feeds(self):
        """CRLF and CR count as line endings, a form feed is kept for Python to read as a blank."""
        assert decode(b"a = 1\r\nb = 2\rc = 3\n\x0cd = 4\n")[0] == "a = 1\nb = 2\nc = 3\n\x0cd = 4\n"

    def test_stray_nul_bytes_are_taken_out(self):
        """A few NUL bytes, or a tail of them, cost a remark."""
        text, remarks = decode(b"x = 1\n" * 100 + b"\x00" * 4096)
        assert text == "x = 1\n" * 100
        assert "NUL" in remarks[0]

    @pytest.mark.parametrize(
        "data", [b"\x00" * 100, "x = 1\n".encode("utf-16-le"), b"\x01\x02\x03\x04" * 9, b"\xff\xfea"]
    )
    def test_what_is_no_text_is_refused(self, data):
        """Many NULs, many control characters and half a UTF-16 character are no source."""
        with pytest.raises(Unreadable):
            decode(data)

    @given(st.binary(max_size=300))
    @example(b"# coding: hz\n~{\xff")
    @example(b"# coding: iso2022_kr\n\x1b$)C\x0e!")
    @example(b"# coding: gb18030\n\x84\x31\xa4\x37")
    @settings(max_examples=400)
    def test_decoding_gives_text_or_its_own_error(self, data):
        """Whatever the bytes, the text can be sent on in UTF-8 and holds no NUL and no carriage return."""
        try:
            text, _ = decode(data)
        except Unreadable:
            return
        assert not {"\x00", "\r"} & set(text)
        text.encode()

    @given(st.text(st.characters(exclude_characters="\x00\r\ufeff", exclude_categories=["Cs"])))
    def test_utf8_text_comes_back_as_it_was(self, text):
        """Text without a NUL, CR, mark or control characters survives, whatever it says."""
        text = "x" * 1000 + text
        assert decode(text.encode())[0] == text


class TestPython:
    def test_a_python_file_is_one_cell(self):
        """The cell has the file's name, and Chinese identifiers arrive."""
        (cell,) = read_source(CHINESE.encode("utf-8-sig"), "python", "softmax.py").cells
        assert cell.name == "softmax.py"
        assert ast.parse(cell.source).body[0].name == "前向"

    @pytest.mark.parametrize("data", [b"", b" \n\t\r\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n", b"\xff\xfe"])
    def test_an_empty_file_is_said_to_be_empty(self, data):
        """No bytes, white space or a byte order mark alone."""
        assert why(data) == "is empty"

    @pytest.mark.parametrize(
        ("data", "word"),
        [
            (b"%PDF-1.7\n", "PDF"),
            (b"\x89PNG\r\n\x1a\n", "PNG"),
            (b"\xff\xd8\xff\xe0", "JPEG"),
            (b"{\\rtf1\\ansi", "RTF"),
            (b"<!DOCTYPE html>\n<html>", "web page"),
            (b"\n  <HTML lang=en>", "web page"),
            (b"<!-- saved -->\n<html>", "web page"),
            (b"\x1f\x8b\x08", "gzip"),
            (b"Rar!\x1a\x07", "RAR"),
            (b"\xa7\r\r\n\x00\x00\x00\x00", "compiled Python"),
            (b"version https://git-lfs.github.com/spec/v1", "Git LFS"),
        ],
    )
    def test_what_is_not_python_is_named(self, data, word):
        """The first bytes tell, and the line says what to do."""
        assert word in why(data)
        assert word in why(data, "notebook")

    def test_a_word_document_is_not_a_zip(self):
        """An Office file is told from other zips."""
        for member, word in (("[Content_Types].xml", "Word"), ("softmax.py", "zip")):
            buffer = io.BytesIO()
            with zipfile.ZipFile(buffer, "w") as archive:
                archive.writestr(member, "x")
            assert word in why(buffer.getvalue())

    def test_a_notebook_called_py_is_read_as_one(self):
        """Renaming a notebook does not make it Python; it is read, with a remark."""
        source = read_source(dumped("x = 1"), "python")
        assert [cell.source for cell in source.cells] == ["x = 1"]
        assert "notebook" in source.remarks[0]

    def test_a_dict_at_the_top_is_still_python(self):
        """Only a notebook's own keys make JSON a notebook."""
        assert read_source(b'{"w": 1}\n', "python").cells[0].source == '{"w": 1}\n'

    @given(st.binary(max_size=200), st.sampled_from(["python", "notebook"]))
    def test_random_bytes_give_cells_or_a_reason(self, data, kind):
        """Nothing but cells or Unreadable comes out."""
        try:
            source = read_source(data, kind)
        except Unreadable:
            return
        assert source.cells


class TestNotebooks:
    def test_only_code_cells_are_taken_and_counted(self):
        """Cell N is the N-th code cell; empty ones count and are left out, markdown and raw cells do not count."""
        found = notebook("a = 1", "", "b = 2\n")
        found["cells"].insert(1, {"cell_type": "markdown", "metadata": {}, "source": "# 1"})
        found["cells"].insert(0, {"cell_type": "raw", "metadata": {}, "source": "raw"})
        cells = read_notebook(json.dumps(found).encode()).cells
        assert [(cell.name, cell.source) for cell in cells] == [("cell 1", "a = 1"), ("cell 3", "b = 2\n")]

    @given(
        st.lists(
            st.text(st.characters(exclude_characters="\x00\r\ufeff", exclude_categories=["Cs"])).filter(str.strip),
            min_size=1,
        )
    )
    @settings(max_examples=50)
    def test_it_reads_what_nbformat_reads(self, sources):
        """Notebooks of format 4 and 3 as nbformat writes them have the cells that nbformat reads from them."""
        four = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
        sheet = nbformat.v3.new_worksheet(cells=[nbformat.v3.new_code_cell(source) for source in sources])
        three = nbformat.v3.new_notebook(worksheets=[sheet])
        for text in (nbformat.v4.writes(four), nbformat.v3.writes_json(three)):
            theirs = [cell.source for cell in nbformat.reads(text, as_version=4).cells]
            assert [cell.source for cell in read_notebook(text.encode()).cells] == theirs

    def test_lines_without_line_feeds(self):
        """Format 2 wrote lists of lines without their ends; they are lines all the same."""
        cell = {"cell_type": "code", "input": ["a = 1", "b = 2"]}
        data = json.dumps({"nbformat": 2, "worksheets": [{"cells": [cell]}]}).encode()
        assert read_notebook(data).cells[0].source == "a = 1\nb = 2"

    def test_format_3_with_several_sheets(self):
        """Sheets follow one another, and a cell in another language is passed over with a remark."""
        cell = lambda text, **more: {"cell_type": "code", "input": text, "outputs": [], **more}  # noqa: E731
        sheets = [
            {"cells": [cell(["a = 1\n", "b = 2"], language="python")]},
            {"cells": [cell("x", language="R"), cell("c")]},
        ]
        source = read_notebook(json.dumps({"nbformat": 3, "metadata": {"name": ""}, "worksheets": sheets}).encode())
        assert [(cell.name, cell.source) for cell in source.cells] == [("cell 1", "a = 1\nb = 2"), ("cell 3", "c")]
        assert "cell 2 is written in R" in source.remarks[0]

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
    def test_encodings(self, encoding):
        """A notebook may have a byte order mark and letters outside ASCII."""
        data = json.dumps(notebook(CHINESE), ensure_ascii=False).encode(encoding)
        assert read_notebook(data).cells[0].source == CHINESE

    def test_a_notebook_saved_as_cp1252(self):
        """Bytes that are not UTF-8 are read as cp1252, with a remark."""
        source = read_notebook(json.dumps(notebook("x = 'é'"), ensure_ascii=False).encode("cp1252"))
        assert source.cells[0].source == "x = 'é'"
        assert "cp1252" in source.remarks[0]

    def test_line_endings_in_cells(self):
        """CRLF inside a cell becomes a line feed."""
        assert read_notebook(dumped("a = 1\r\nb = 2\r")).cells[0].source == "a = 1\nb = 2\n"

    def test_missing_fields_do_no_harm(self):
        """Source alone is enough: no metadata, no format number, no outputs."""
        assert read_notebook(b'{"cells": [{"cell_type": "code", "source": "a"}]}').cells[0].source == "a"

    def test_cells_that_are_too_many_to_mend(self):
        """An unsound notebook of hundreds of thousands of cells is refused before any of them is mended."""
        cell = '{"cell_type": NaN}'
        with pytest.raises(Unreadable, match="has 300000 cells"):
            read_notebook(('{"cells": [' + ",".join([cell] * 300_000) + "]}").encode())

    @pytest.mark.parametrize("bad", [5, None, [1], {"source": "x"}, "text", {"cell_type": 3}, [], True])
    def test_a_malformed_cell_costs_only_itself(self, bad):
        """Cells that are no cells are passed over with a remark."""
        found = notebook("a = 1", "b = 2")
        found["cells"].insert(1, bad)
        source = read_notebook(json.dumps(found).encode())
        assert [cell.source for cell in source.cells] == ["a = 1", "b = 2"]
        assert "1 of 3 cells" in source.remarks[0]

    @pytest.mark.parametrize("bad", [5, {"a": 1}, ["a", 5], [["a"]], True])
    def test_source_that_is_no_text_is_passed_over(self, bad):
        """A cell whose source is a number or holds one is named and passed over."""
        source = read_notebook(dumped("a = 1", bad, "b = 2"))
        assert [cell.name for cell in source.cells] == ["cell 1", "cell 3"]
        assert "cell 2 holds no text" in source.remarks[0]

    def test_json_as_jupyter_really_writes_it(self):
        """NaN and half an emoji in an output, and raw control characters, do not spoil the notebook."""
        found = notebook("a = 1")
        found["cells"][0]["outputs"] = [{"data": {"v": float("nan"), "s": "\ud83d", "i": float("inf")}}]
        found["cells"].append({"cell_type": "code", "source": "b = '\ud83d'"})
        cells = read_notebook(json.dumps(found).replace("a = 1", "a =\t1").encode()).cells
        assert [cell.source for cell in cells] == ["a =\t1", "b = '?'"]

    def test_odd_metadata_does_no_harm(self):
        """Metadata of another shape is passed over."""
        for metadata in (5, [], {"kernelspec": 3}, {"kernelspec": {"language": None}}, None):
            data = json.dumps(notebook("a = 1") | {"metadata": metadata}).encode()
            assert read_notebook(data).cells[0].source == "a = 1"

    def test_of_two_equal_keys_the_last_counts(self):
        """As for Jupyter, which sees only the last."""
        data = b'{"cells": [], "cells": [{"cell_type": "code", "source": "a", "source": "b"}]}'
        assert read_notebook(data).cells[0].source == "b"

    @pytest.mark.parametrize(
        "metadata",
        [
            {"kernelspec": {"name": "ir", "language": "R"}},
            {"kernelspec": {"name": "ir", "display_name": "R"}},
            {"language_info": {"name": "julia"}},
            {"kernelspec": {"name": "julia-1.9"}},
            {"kernelspec": {"name": "x", "language": "R"}, "language_info": {"name": "python"}},
        ],
    )
    def test_other_languages_are_refused(self, metadata):
        """A kernel that is not Python's is named."""
        assert "not for Python" in why(dumped("x <- 1", **metadata), "notebook")

    @pytest.mark.parametrize(
        "metadata",
        [
            {},
            {"kernelspec": {"name": "python3", "language": "python"}, "language_info": {"name": "python"}},
            {"kernelspec": {"name": "cs231n", "display_name": "my env"}},
            {"kernelspec": {"name": "irene"}},
            {"language_info": {"name": "ipython"}},
        ],
    )
    def test_python_kernels_of_any_name_are_read(self, metadata):
        """A kernel's own name says nothing about its language unless it is another language's."""
        assert read_notebook(dumped("x = 1", **metadata)).cells

    @pytest.mark.parametrize(
        ("data", "word"),
        [
            (b"", "empty"),
            (b"import numpy as np\n", "not JSON"),
            (b"[]", "not JSON"),
            (b"{}", "no cells"),
            (b'{"cells": {}}', "no cells"),
            (b'{"cells": null}', "no cells"),
            (b'{"cells": []}', "without code"),
            (b'{"cells": [{"cell_type": "markdown", "source": "x"}]}', "without code"),
            (b'{"cells": [', "broken or cut off"),
            (b'{"cells": [{"cell_type": "code", "source": "a"}]} x', "broken or cut off"),
            (b'{"x":' * 100_000, "nested too deeply"),
            (b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deeply"),
            (b'{"cells": NaN, "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deeply"),
            (b'{"cells": NaN, "x": ' + b"[],"* 2_000_000 + b"0}", "too large to mend"),
            (b'{"worksheets": [' + b"{}," * 2_000_000 + b"{}]}", "too large to mend"),
            (b'{"cells": 1' + b"0" * 100_000 + b"}", "no cells"),
            (b"<!doctype html><title>x</title>", "web page"),
        ],
        ids=range(17),
    )  # fmt: skip
    def test_what_is_no_notebook_has_one_clear_line(self, data, word):
        """Hostile, foreign and cut-off files each have a line of their own."""
        assert word in why(data, "notebook")

    def test_limits(self):
        """Over 32 MiB, over 1 MiB of source, over 5,000 cells: refused; large outputs and huge numbers are not."""
        assert "32 MiB" in why(b'{"cells": "' + b"x" * NOTEBOOK_LIMIT, "notebook")
        assert "1 MiB" in why(dumped("#" * SOURCE_LIMIT, "x"), "notebook")
        assert "1 MiB" in why(dumped(*["#" * 3000] * 4000), "notebook")
        assert "code cells" in why(dumped(*["x"] * (CELL_LIMIT + 1)), "notebook")
        found = notebook("a = 1")
        found["cells"][0]["outputs"] = ["x" * (8 << 20), int("9" * 4000)]
        assert read_notebook(json.dumps(found).encode()).cells[0].source == "a = 1"

    def test_lists_of_tiny_pieces_are_refused_before_they_are_built(self):
        """Thirty mebibytes of one-letter lines end quickly, by size."""
        data = b'{"cells": [{"cell_type": "code", "source": [' + b'"a",' * 7_500_000 + b'"a"]}]}'
        assert "1 MiB" in why(data, "notebook")

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=4)
                | st.dictionaries(
                    st.sampled_from(
                        ["cells", "worksheets", "cell_type", "source", "input", "metadata", "kernelspec", "code"]
                    ),
                    inner,
                )
            ),
            max_leaves=20,
        )
    )
    @settings(max_examples=300)
    def test_any_json_gives_cells_or_a_reason(self, value):
        """Nothing but cells that can be sent, or Unreadable, comes out of any JSON."""
        for whole in (value, {"cells": value}, {"cells": [value]}, {"worksheets": [value]}, notebook(value)):
            try:
                source = read_source(json.dumps(whole).encode(), "notebook")
            except Unreadable:
                continue
            assert msgspec.msgpack.encode(source.cells)

    @given(st.data())
    def test_a_damaged_notebook_gives_cells_or_a_reason(self, data):
        """Any byte changed, cut or repeated."""
        whole = dumped("def f(x):\n    return x\n", ["y = 1\n", "z = '\\ud83d'"])
        at = data.draw(st.integers(0, len(whole)))
        hurt = whole[:at] + data.draw(st.binary(max_size=4)) + whole[at + data.draw(st.integers(0, 9)) :]
        with contextlib.suppress(Unreadable):
            assert read_source(hurt, "notebook").cells
