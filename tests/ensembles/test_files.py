"""Ensembles in files: the same draws, whole or not at all, continued after a stop, and out of memory where they are large."""

import errno
import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import protestspread as ps
from protestspread.ensembles import files, tables
from protestspread.inference import replicates
from protestspread.models import simulation

MODELS = [ps.SIR(0.4, 0.2, 0.01), ps.SIRS(0.4, 0.2, 0.1, clock="continuous"), ps.EndemicEpidemicModel(0.5, 0.2, 0.2)]
OPTIONS = {"seeds": ["p0"], "days": 9, "draws": 60}


@pytest.fixture(scope="module")
def graph():
    rng = np.random.default_rng(0)
    ends = np.array([(i, j) for i in range(8) for j in range(8) if i != j and rng.random() < 0.4])
    places = np.array([f"p{i}" for i in range(8)])
    return ps.DiffusionGraph.from_edges(
        pd.DataFrame({"source": places[ends[:, 0]], "target": places[ends[:, 1]]}), places
    )


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    monkeypatch.setattr(replicates, "WIDEST", 7)


def same(one, other):
    assert one.table.equals(other.table)
    assert len(one) == len(other)
    pd.testing.assert_frame_equal(one.mean(), other.mean())
    pd.testing.assert_frame_equal(one[5], other[5])


@pytest.mark.parametrize("model", MODELS)
def test_written_drawn_to_a_file_and_spilled_are_the_same(graph, model, tmp_path):
    many = ps.simulate_many(model, graph, rng=7, **OPTIONS)
    same(many, ps.simulate_many(model, graph, rng=7, memory_mb=0, **OPTIONS))
    same(many, ps.simulate_many(model, graph, rng=7, path=tmp_path / "drawn.arrows", **OPTIONS))
    many.save(tmp_path / "saved.arrows")
    same(many, ps.read_ensemble(tmp_path / "saved.arrows"))
    assert sorted(file.name for file in tmp_path.iterdir()) == ["drawn.arrows", "saved.arrows"]


def stopping(after, error):
    """Return `replicate_parts`, stopped after some parts."""
    whole = replicates.replicate_parts

    def parts(*arguments, **options):
        for number, part in enumerate(whole(*arguments, **options)):
            if number == after:
                raise error
            yield part

    return parts


@pytest.mark.parametrize("seed", [7, None])
@pytest.mark.parametrize("model", MODELS)
def test_a_stopped_call_goes_on_with_the_same_numbers(graph, model, seed, tmp_path, monkeypatch):
    path = tmp_path / "spreads.arrows"
    for after in (0, 2, 3):
        with monkeypatch.context() as patch:
            patch.setattr(simulation, "replicate_parts", stopping(after, KeyboardInterrupt()))
            with pytest.raises(KeyboardInterrupt):
                ps.simulate_many(model, graph, rng=seed, path=path, **OPTIONS)
        assert not path.exists()
    first = tables_in(tmp_path / "spreads.arrows.partial")
    many = ps.simulate_many(model, graph, rng=seed, path=path, **OPTIONS)
    assert list(tmp_path.iterdir()) == [path]
    assert many.table.slice(0, len(first)).equals(first)
    if seed is not None:
        same(many, ps.simulate_many(model, graph, rng=seed, **OPTIONS))


def tables_in(folder):
    found = [batch for file in sorted(folder.glob("*.arrows")) for batch in files._segment(file)[1]]
    assert len(found) == 5
    return pa.Table.from_batches(found).replace_schema_metadata(None)


def test_a_part_that_was_cut_off_is_drawn_again(graph, tmp_path, monkeypatch):
    path = tmp_path / "spreads.arrows"
    with monkeypatch.context() as patch:
        patch.setattr(simulation, "replicate_parts", stopping(4, KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            ps.simulate_many(MODELS[0], graph, rng=7, path=path, **OPTIONS)
    part = tmp_path / "spreads.arrows.partial" / "000000.arrows"
    held = part.read_bytes()
    for size in (0, 10, len(held) // 2, len(held) - 20):
        part.write_bytes(held[:size])
        (tmp_path / "x").unlink(missing_ok=True)
        for other in part.parent.glob("*.arrows"):
            if other != part:
                other.unlink()
        many = ps.simulate_many(MODELS[0], graph, rng=7, path=path, **OPTIONS)
        same(many, ps.simulate_many(MODELS[0], graph, rng=7, **OPTIONS))
        path.unlink()
        part.parent.mkdir()


def test_another_call_does_not_go_on(graph, tmp_path, monkeypatch):
    path = tmp_path / "spreads.arrows"
    with monkeypatch.context() as patch:
        patch.setattr(simulation, "replicate_parts", stopping(2, KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            ps.simulate_many(MODELS[0], graph, rng=7, path=path, **OPTIONS)
    for changed in ({"rng": 8}, {"days": 10}, {"seeds": ["p1"]}):
        with pytest.raises(ps.FileError, match=r"belongs to a call with other arguments[\s\S]*pass another path"):
            ps.simulate_many(MODELS[0], graph, path=path, **{"rng": 7, **OPTIONS, **changed})
    with pytest.raises(ps.FileError, match="other arguments"):
        ps.simulate_many(ps.SIR(0.5, 0.2, 0.01), graph, path=path, rng=7, **OPTIONS)
    more = ps.simulate_many(MODELS[0], graph, path=path, rng=7, **{**OPTIONS, "draws": 80})  # the same draws and others
    same(more, ps.simulate_many(MODELS[0], graph, rng=7, **{**OPTIONS, "draws": 80}))


@pytest.mark.parametrize("where", ["path", "memory_mb"])
def test_a_full_disk_leaves_no_half_file(graph, where, tmp_path, monkeypatch):
    path = tmp_path / "spreads.arrows"
    monkeypatch.setattr(tables.pa, "OSFile", full_disk(tables.pa.OSFile))
    monkeypatch.setattr(files.tempfile, "tempdir", str(tmp_path))
    options = {"path": path} if where == "path" else {"memory_mb": 0}
    with pytest.raises(ps.FileError, match=r"cannot be written: no space left on device\nFix: free space on the disk"):
        ps.simulate_many(MODELS[0], graph, rng=7, **options, **OPTIONS)
    assert not path.exists()
    assert not list(tmp_path.glob("*.arrows"))
    many = ps.simulate_many(MODELS[0], graph, rng=7, **OPTIONS)
    with pytest.raises(ps.FileError, match="no space left"):
        many.save(path)
    assert not list(tmp_path.glob("*.arrows"))


def full_disk(kind):
    class FullDisk:
        def __init__(self, *arguments):
            self.file = kind(*arguments)

        def __enter__(self):
            return self.file

        def __exit__(self, *_):
            self.file.close()
            raise OSError(errno.ENOSPC, "No space left on device")

    return FullDisk


def test_files_that_are_no_ensembles(graph, tmp_path):
    path = tmp_path / "x.arrows"
    with pytest.raises(ps.FileError, match=r"does not exist[\s\S]*Fix: pass a file"):
        ps.read_ensemble(path)
    many = ps.simulate_many(MODELS[0], graph, rng=7, **OPTIONS)
    many.save(path)
    whole = path.read_bytes()
    for content in (b"", b"place,date\nA,2022-01-02\n", whole[: len(whole) // 2], whole[:-40]):
        path.write_bytes(content)
        with pytest.raises(ps.FileError, match="is not a complete ensemble"):
            ps.read_ensemble(path)
    changes = [
        {"draws": 3},
        {"places": ["p0"]},
        {"dates": []},
        {"counts_events": True},
        {"dtype": "nothing"},
        {"unit": 5},
        {"freq": "x"},
        {"dates": ["2022-01-02T00:00:00"] * 9},
    ]
    header = json.loads(pa.ipc.open_stream(whole).schema.metadata[b"protestspread"])
    for change in changes:
        tables.write(many.table.to_batches(), path, {**header, **change}, many.table.schema)
        with pytest.raises(ps.FileError, match="is not a complete ensemble"):
            ps.read_ensemble(path)


def test_labels_that_a_file_cannot_hold(tmp_path):
    graph = ps.DiffusionGraph.from_edges(pd.DataFrame({"source": [(1, 2)], "target": [(3, 4)]}))
    many = ps.simulate_many(MODELS[0], graph, seeds=[(1, 2)], days=3, draws=2, rng=1)
    with pytest.raises(ps.DataError, match=r"^places must be text or whole numbers to be written"):
        many.save(tmp_path / "x.arrows")
