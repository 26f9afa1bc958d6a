"""The demonstration's recording is what its script makes."""

from pathlib import Path

from demo.record import FOLDER, write


class TestRecording:
    def test_is_made_anew_to_the_byte(self, tmp_path: Path) -> None:
        write(tmp_path)

        for name in ("accounts.jsonl", "usage.jsonl"):
            assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes(), "run `python -m demo.record`"
