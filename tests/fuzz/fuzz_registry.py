"""The readers by name."""

from __future__ import annotations

from typing import Final

import fuzz_commands
import fuzz_courses
import fuzz_frames
import fuzz_intake
import fuzz_records
import fuzz_sources
from fuzz_reader import Reader

READERS: Final[dict[str, Reader]] = {
    reader.name: reader
    for reader in (
        *fuzz_sources.READERS,
        *fuzz_intake.READERS,
        *fuzz_frames.READERS,
        *fuzz_records.READERS,
        *fuzz_courses.READERS,
        *fuzz_commands.READERS,
    )
}
