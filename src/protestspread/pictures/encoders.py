"""Animations as files: GIF, MP4, WebP, single PNGs. Every frame is kept, with one palette for all."""

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

import numpy as np

from ..errors import FileError
from .raster import TRANSPARENT, Pixels, Rgb

if TYPE_CHECKING:
    from PIL.Image import Image


_H264 = (
    "-an -c:v libx264 -preset veryfast -tune animation -crf 18 -colorspace bt709 -color_primaries bt709 -color_trc bt709 "
    "-color_range tv -movflags +faststart -fflags +bitexact -flags:v +bitexact -map_metadata -1"
)


@dataclass(frozen=True, eq=False)
class Film:
    """Frames to be written, drawn one at a time.

    Attributes
    ----------
    frames
        Gives the frames anew, each as palette numbers; all of one even size.
    rgb
        The palette, shape (n, 3).
    size
        Width and height in pixels.
    fps
        Frames a second.
    """

    frames: Callable[[], Iterable[Pixels]]
    rgb: Rgb
    size: tuple[int, int]
    fps: float


def save_film(film: Film, path: Path) -> None:
    """Write a film in the format its path ends with.

    Raises
    ------
    FileError
        The ending is unknown, the folder does not exist, or ffmpeg is missing or fails.
    """
    name = path.name
    if path.is_dir() or (path.suffix == "" and not path.exists()):
        _save_pngs(film, path, "frame-%04d.png")
    elif path.suffix.lower() == ".png" and _is_pattern(name):
        _save_pngs(film, path.parent, name)
    elif path.suffix.lower() in _WRITERS:
        if not path.parent.is_dir():
            raise FileError(f"{name} cannot be written", [f"there is no folder {path.parent}"], "make it first")
        write = _WRITERS[path.suffix.lower()]
        with _moved_into_place(path) as part:
            write(film, part)
    else:
        fault = "a single .png holds one frame" if path.suffix.lower() == ".png" else f"unknown ending {path.suffix!r}"
        raise FileError(
            f"{name} cannot be written",
            [fault],
            ".gif, .mp4, .webp, a folder for single PNGs, or a pattern like frame-%03d.png",
        )


@contextmanager
def _moved_into_place(path: Path) -> Iterator[Path]:
    """Give a temporary path; what was written there replaces `path` once all went well."""
    with tempfile.TemporaryDirectory(prefix=".", dir=path.parent) as folder:
        part = Path(folder) / path.name
        yield part
        part.replace(path)


def _is_pattern(name: str) -> bool:
    try:
        return name % 1 != name % 2
    except (TypeError, ValueError):
        return False


def gif_bytes(film: Film) -> bytes:
    """Return a film as a GIF."""
    file = BytesIO()
    _write_gif(film, file)
    return file.getvalue()


def _save_gif(film: Film, path: Path) -> None:
    with path.open("wb") as file:
        _write_gif(film, file)


def _write_gif(film: Film, file: IO[bytes]) -> None:
    """Write a GIF (CompuServe 1990, GIF89a): one palette, endless, of each frame only what has changed.

    Pillow would choose a palette a frame and drop frames that repeat the one before; it does the compression only.
    """
    from PIL import Image

    colors = np.zeros((256, 3), dtype=np.uint8)
    colors[: len(film.rgb)] = film.rgb
    screen = np.array(film.size, dtype="<u2").tobytes()
    file.write(b"GIF89a" + screen + b"\xf7\x00\x00" + colors.tobytes())
    file.write(b"!\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00")
    before: Pixels | None = None
    for frame, delay in zip(film.frames(), _delays(film), strict=False):
        left, top, right, bottom = (0, 0, *film.size) if before is None else _changed(before, frame)
        part = frame[top:bottom, left:right]
        if before is not None:
            part = np.where(part == before[top:bottom, left:right], np.uint8(TRANSPARENT), part)
        numbers = np.array([delay, left, top, right - left, bottom - top], dtype="<u2").tobytes()
        file.write(b"!\xf9\x04\x05" + numbers[:2] + bytes([TRANSPARENT, 0]) + b"," + numbers[2:] + b"\x00\x08")
        file.write(Image.fromarray(np.ascontiguousarray(part)).tobytes("gif", "L", 8, 0) + b"\x00")
        before = frame
    file.write(b";")


def _delays(film: Film) -> Iterator[int]:
    """Give how long each frame stands, in hundredths of a second: whole numbers that keep the pace; viewers slow down below 2."""
    for number in count():
        yield max(round(100 * (number + 1) / film.fps) - round(100 * number / film.fps), 2)


def _changed(before: Pixels, frame: Pixels) -> tuple[int, int, int, int]:
    """Return left, top, right and bottom of what differs; one pixel where nothing does, so that the frame stays a frame."""
    differs = before != frame
    rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
    return (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1) if len(rows) else (0, 0, 1, 1)


def as_image(film: Film, frame: Pixels) -> "Image":
    """Return a frame as a Pillow image with the palette of the film."""
    from PIL import Image

    image = Image.frombytes("P", film.size, frame.tobytes())
    image.putpalette(film.rgb.tobytes())
    return image


def _save_webp(film: Film, path: Path) -> None:
    first, *others = [as_image(film, frame).convert("RGB") for frame in film.frames()]
    durations = [round(1000 / film.fps)] * (1 + len(others))
    first.save(
        path, save_all=True, append_images=others, duration=durations, loop=0, lossless=True, quality=40, method=0
    )


def _save_pngs(film: Film, folder: Path, pattern: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, frame in enumerate(film.frames(), start=1):
        as_image(film, frame).save(folder / (pattern % number))


def _save_mp4(film: Film, path: Path) -> None:
    """Pipe frames to ffmpeg: H.264 in the pixel format and with the index at the front that browsers and phones need."""
    options = f"-f rawvideo -pix_fmt yuv420p -s {film.size[0]}x{film.size[1]} -r {film.fps:g} -i - {_H264}"
    command = [_ffmpeg(path), "-hide_banner", "-loglevel", "error", "-y", *options.split(), str(path)]
    to_yuv = _yuv_planes(film.rgb)
    with (
        tempfile.TemporaryFile() as log,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, stderr=log) as process,  # noqa: S603
    ):
        pipe = cast("IO[bytes]", process.stdin)
        with suppress(BrokenPipeError):  # ffmpeg gave up; it says why below
            for frame in film.frames():
                pipe.writelines(to_yuv(frame))
        with suppress(BrokenPipeError):
            pipe.close()
        failed = process.wait() != 0
        log.seek(0)
        said = log.read().decode(errors="replace").strip()
    if failed:
        raise FileError(
            f"{path.name} cannot be written",
            [f"ffmpeg failed: {said[-500:] or 'without a word'}"],
            "save a .gif, or install an ffmpeg with libx264",
        )


def _yuv_planes(rgb: Rgb) -> Callable[[Pixels], list[bytes]]:
    """Return what turns a frame into the planes of yuv420p (ITU-R BT.709, studio range) by looking its numbers up.

    ffmpeg can convert too, but takes a third of its time for it.
    """
    matrix = np.array([[0.2126, 0.7152, 0.0722], [-0.114572, -0.385428, 0.5], [0.5, -0.454153, -0.045847]])
    yuv = np.zeros((256, 3))
    yuv[: len(rgb)] = rgb / 255 @ matrix.T * (219, 224, 224) + (16, 128, 128)
    luma, blue, red = yuv.round().astype(np.uint32).T
    luma, chroma = luma.astype(np.uint8), blue << 16 | red

    def planes(frame: Pixels) -> list[bytes]:
        both = chroma[frame]
        mean = both[::2, ::2] + both[1::2, ::2] + both[::2, 1::2] + both[1::2, 1::2] + (2 << 16 | 2)
        return [
            luma[frame].tobytes(),
            (mean >> 18).astype(np.uint8).tobytes(),
            ((mean & 0xFFFF) >> 2).astype(np.uint8).tobytes(),
        ]

    return planes


def _ffmpeg(path: Path) -> str:
    """Find ffmpeg: on the system, else the one that the package imageio-ffmpeg brings."""
    found = shutil.which("ffmpeg")
    if found is None:
        try:
            import imageio_ffmpeg  # type: ignore[import-not-found]

            found = str(imageio_ffmpeg.get_ffmpeg_exe())
        except (ImportError, RuntimeError):
            raise FileError(
                f"{path.name} cannot be written",
                ["an .mp4 needs ffmpeg, which was not found"],
                "install ffmpeg (or: pip install imageio-ffmpeg), or save a .gif or .webp",
            ) from None
    return found


_WRITERS: dict[str, Callable[[Film, Path], None]] = {".gif": _save_gif, ".mp4": _save_mp4, ".webp": _save_webp}
