"""The command called in the very folder of the submissions: none of them is run outside the box."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import class_samples as samples

NAMES = "signal pickle socket struct selectors tempfile random json ast msgspec numpy nbconvert grader jinja2".split()


def test_submissions_called_as_libraries_are(tmp_path):
    """Files with the names of modules that a starting Python looks for are graded as any other, and never imported."""
    folder, taken = tmp_path / "class", tmp_path / "taken"
    folder.mkdir()
    taken.mkdir()
    for name in NAMES:
        # The box runs an isolated Python, and nothing else does.
        outside = f"import sys\nif not sys.flags.isolated:\n    open({str(taken / name)!r}, 'w')\n"
        (folder / f"{name}.py").write_text(outside + samples.RIGHT)
    (folder / "notes.ipynb").write_text(json.dumps({"cells": [{"cell_type": "code", "source": samples.RIGHT}]}))
    # As the installed command is: a file that lies elsewhere, so that this process itself looks into no other folder.
    script = tmp_path / "grader_command.py"
    script.write_text("from grader.cli import main\nif __name__ == '__main__':\n    main()\n")
    done = subprocess.run(
        [sys.executable, script, *map(str, samples.grade_arguments(folder, tmp_path / "out", "--seed", 1, jobs=2))],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(samples.ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert list(taken.iterdir()) == []
    assert {row["total"] for row in samples.rows(tmp_path / "out").values()} == {"10"}
    assert len(samples.rows(tmp_path / "out")) == len(NAMES) + 1
