"""Animations of 300 days at 800 × 500 pixels, compared with matplotlib's FuncAnimation and one geopandas plot per frame.

Only writing is timed; each side lays out its map beforehand. The peers are slow, so they write only the first of the 300
frames, as many as their names state. FuncAnimation only changes the colors of one collection.
"""

import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import matplotlib as mpl
import numpy as np
import pandas as pd
from bench_spread_map import make as synthetic
from matplotlib.animation import FFMpegWriter, FuncAnimation, PillowWriter
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PatchCollection
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Outline
from PIL import Image
from ratio import Workload, agree

import protestspread as ps
from protestspread.pictures.animation.encoders import ffmpeg_path
from protestspread.pictures.style.ramps import ramp
from protestspread.pictures.style.theme import ZERO_FILL
from protestspread.projection import equal_area_crs

DAYS = 300
FPS = 25
HOLD = 2.5  # seconds for which animations hold their last frame
_KEPT = tempfile.TemporaryDirectory(prefix="bench-animation-")  # deleted when the process ends
FOLDER = Path(_KEPT.name)


@dataclass
class Data:
    animation: Any
    panel: pd.DataFrame
    places: gpd.GeoDataFrame  # projected
    look: dict[str, Any]  # classes and colors, the same for all


def make(regions: int, seed: int) -> Data:
    panel, places = synthetic(max(regions, 17), seed)
    if regions == 17:
        places = ps.load_case("kazakhstan_2022").regions
        panel = panel.set_axis(places.index, axis=1)
    panel = panel.iloc[:DAYS]
    animation = ps.animate_spread(panel, places, size=(800, 500), fps=FPS)
    classes = animation.steps[0].classes
    colors = ListedColormap([ZERO_FILL, *ramp(classes.k)])
    limits = [-0.5, 0.5, *(limit + 0.5 for limit in classes.upper), 1e9]
    look = {"cmap": colors, "norm": BoundaryNorm(limits, colors.N)}
    return Data(animation, panel, places.to_crs(equal_area_crs(places)), look)


def ours(ending: str):
    return lambda data: data.animation.save(FOLDER / f"ours{ending}")


def _axes():
    figure = Figure((8, 5), dpi=100)
    FigureCanvasAgg(figure)
    ax = figure.add_axes((0, 0, 1, 0.9))
    ax.set_axis_off()
    ax.set_aspect("equal")
    return figure, ax


def _writer(ending: str):
    mpl.rcParams["animation.ffmpeg_path"] = ffmpeg_path() or "ffmpeg"
    return FFMpegWriter(fps=FPS) if ending == ".mp4" else PillowWriter(fps=FPS)


def func_animation(ending: str, frames: int):
    def save(data: Data):
        figure, ax = _axes()
        patches = [PathPatch(Outline.make_compound_path(*(Outline(np.asarray(ring.coords)) for part in getattr(shape, "geoms", [shape])
                   for ring in (part.exterior, *part.interiors)))) for shape in data.places.geometry]  # fmt: skip
        drawn = ax.add_collection(PatchCollection(patches, edgecolor="#8a9099", linewidth=0.5, **data.look))
        ax.autoscale_view()
        date = figure.text(0.02, 0.93, "", fontsize=15)
        values = data.panel.to_numpy()

        def show(number: int):
            drawn.set_array(values[number])
            date.set_text(str(data.panel.index[number].date()))
            return drawn, date

        path = FOLDER / f"matplotlib{ending}"
        FuncAnimation(figure, show, frames=frames).save(path, writer=_writer(ending))
        return path, frames

    return save


def plot_each(ending: str, frames: int):
    def save(data: Data):
        figure, ax = _axes()
        path, writer = FOLDER / f"geopandas{ending}", _writer(ending)
        with writer.saving(figure, path, 100):
            for day in data.panel.index[:frames]:
                ax.clear()
                ax.set_axis_off()
                data.places.assign(events=data.panel.loc[day]).plot(
                    "events", ax=ax, edgecolor="#8a9099", linewidth=0.5, **data.look
                )
                ax.set_title(str(day.date()))
                writer.grab_frame()
        return path, frames

    return save


def frames_in(path: Path) -> int:
    if path.suffix == ".gif":
        with Image.open(path) as gif:
            return gif.n_frames
    command = [ffmpeg_path(), "-i", str(path), "-fps_mode", "passthrough", "-f", "null", "-"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    return int(re.findall(r"frame=\s*(\d+)", said)[-1])


def check(data, own, theirs):
    path, frames = theirs
    held = int(HOLD * FPS) if own.suffix == ".mp4" else 0  # a video repeats its last frame
    agree(len(data.panel) <= frames_in(own) <= len(data.panel) + held, "frames")
    agree(frames_in(path) == frames, "frames")
    shown = np.array([step.class_index for step in data.animation.steps[:frames]])
    agree((data.look["norm"](data.panel.iloc[:frames].to_numpy()) == shown).all(), "classes")


def workload(ending: str, regions: int, most: int, few: int) -> Workload:
    peers = {
        f"matplotlib: FuncAnimation.save, {most} of the {DAYS} frames": func_animation(ending, most),
        f"geopandas: plot a frame, {few} of the {DAYS} frames": plot_each(ending, few),
    }
    name = f"animation to {ending[1:].upper()}, {regions:,} regions, {DAYS} frames"
    return Workload(
        name, regions, min(regions, 300), make, ours(ending), peers, check, "frame", lambda data: len(data.panel)
    )


WORKLOADS = [
    workload(ending, regions, 30, few)
    for regions, few in ((3_000, 10), (17, 30))
    for ending in ((".gif", ".mp4") if ffmpeg_path() else (".gif",))
]
