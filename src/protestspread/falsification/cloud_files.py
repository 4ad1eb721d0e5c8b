"""The statistics of simulated spreads, kept in a file so that a stopped call can go on."""

import json
import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ..arrays import FloatArray
from ..atomic_files import atomic_path, file_path
from ..errors import FileError
from ..random_streams import seed_of

_HEADER = b"protestspread clouds"
_EVERY = 5.0  # seconds between two savings
Key = tuple[str, str]


@dataclass(eq=False)
class CloudFile:
    """Statistics by rival, world and draw, in memory and, if there is a path, in a Parquet file.

    Attributes
    ----------
    path
        The file, or None.
    names
        Names of the statistics.
    fingerprint
        Stands for everything that determines the draws but the seed and the worlds.
    seed
        The seed of the draws.
    rows
        Statistics by rival and world.
    """

    path: Path | None
    names: tuple[str, ...]
    fingerprint: str
    seed: int
    rows: dict[Key, FloatArray] = field(default_factory=dict)

    @classmethod
    def at(
        cls, path: str | Path | None, names: tuple[str, ...], fingerprint: str, rng: int | np.random.Generator | None
    ) -> "CloudFile":
        """Open a file, or begin one; raise `FileError` if it belongs to another call."""
        if path is None:
            return cls(None, names, fingerprint, seed_of(rng))
        path = file_path(path)
        if not path.exists():
            return cls(path, names, fingerprint, seed_of(rng))
        try:
            table = pq.read_table(path)
            header = json.loads((table.schema.metadata or {})[_HEADER])
        except (pa.ArrowException, OSError, KeyError, ValueError) as error:
            raise FileError(f"{path} is no file of simulated spreads", fix="pass another path") from error
        seed = int(header["seed"])
        mine = {"names": list(names), "fingerprint": fingerprint, "seed": seed if rng is None else seed_of(rng)}
        if header != mine:
            raise FileError(
                f"{path} belongs to a call with other arguments", fix="pass another path, or remove this file"
            )
        held = table.to_pandas().groupby(["rival", "world"], sort=False)
        return cls(path, names, fingerprint, seed, {key: rows[list(names)].to_numpy() for key, rows in held})

    def known(self, key: Key, draws: int) -> FloatArray:
        """Return the first draws of a world that are known."""
        return self.rows.get(key, np.empty((0, len(self.names))))[:draws]

    def collect(self, key: Key, known: FloatArray, parts: Generator[FloatArray]) -> FloatArray:
        """Return known draws followed by others as they come, which are saved every few seconds and at the end."""
        found, saved = [known], time.monotonic()
        with closing(parts) as later:
            for part in later:
                found.append(part)
                if self.path is not None and time.monotonic() - saved > _EVERY:
                    self._save(key, found)
                    saved = time.monotonic()
        rows = np.concatenate(found)
        if len(found) > 1:
            self._save(key, [rows])
        return rows

    def _save(self, key: Key, found: list[FloatArray]) -> None:
        self.rows[key] = np.concatenate(found)
        if self.path is None:
            return
        header = {"names": list(self.names), "fingerprint": self.fingerprint, "seed": self.seed}
        table = pa.Table.from_pandas(self.table(self.rows).reset_index(), preserve_index=False)
        with atomic_path(self.path) as partial:
            pq.write_table(table.replace_schema_metadata({_HEADER: json.dumps(header)}), partial)

    def table(self, clouds: dict[Key, FloatArray]) -> pd.DataFrame:
        """Return statistics by rival, world and draw."""
        frames = {key: pd.DataFrame(rows, columns=list(self.names)) for key, rows in clouds.items()}
        return pd.concat(frames, names=["rival", "world", "draw"])
