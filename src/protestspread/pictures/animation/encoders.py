"""Animation files: GIF, MP4, WebP and single PNGs. All frames are kept and share one palette of 256 colors."""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt

from ...atomic_files import atomic_path, file_errors
from ...errors import FileError

if TYPE_CHECKING:
    from PIL.Image import Image


_FRAME = "frame-%04d.png"
_H264 = (
    "-an -c:v libx264 -preset veryfast -bf 0 -refs 1 -crf 18 -colorspace bt709 -color_primaries bt709 -color_trc bt709 "
    "-color_range tv -movflags +faststart -fflags +bitexact -flags:v +bitexact -map_metadata -1"
)


Pixels = npt.NDArray[np.uint8]  # (height, width): numbers into a palette


Rgb = npt.NDArray[np.uint8]  # (..., 3)


_MOST_COLORS = 255  # the last number is kept for transparent pixels


TRANSPARENT = 255


HOLD = 2.5  # seconds for which a film shows its last frame


class Palette:
    """At most 255 colors for all frames: some exact, the others chosen to fit the pictures.

    Parameters
    ----------
    exact
        Colors, ``#rrggbb``, to reproduce exactly, such as fills.
    pictures
        Pictures to reproduce, each of shape (..., 3).
    """

    def __init__(self, exact: Sequence[str], pictures: Sequence[Rgb]) -> None:
        from PIL import Image
        from scipy.spatial import KDTree

        pinned = np.array([as_rgb(color) for color in dict.fromkeys(exact)], dtype=np.uint8)
        there = np.zeros(1 << 24, dtype=bool)
        for picture in pictures:
            there[_packed(picture)] = True
        there[_packed(pinned)] = False
        pixels = np.flatnonzero(there)
        rest = np.stack([pixels >> 16, pixels >> 8 & 255, pixels & 255], axis=-1).astype(np.uint8)
        room = _MOST_COLORS - len(pinned)
        if len(rest) > room:
            found = (
                Image.fromarray(rest[None]).quantize(room, method=Image.Quantize.MEDIANCUT, kmeans=3).getpalette() or []
            )
            rest = np.array(found, dtype=np.uint8).reshape(-1, 3)[:room]
        self.rgb: Rgb = np.vstack([pinned, rest])
        cells = np.stack(np.meshgrid(*[np.arange(64)] * 3, indexing="ij"), axis=-1).reshape(-1, 3) * 4 + 2
        self._nearest = KDTree(self.rgb).query(cells)[1].astype(np.uint8)
        self._nearest[_cell(pinned)] = np.arange(len(pinned))

    @property
    def every(self) -> npt.NDArray[np.float64]:
        """All 256 colors, unused ones black; shape (256, 3)."""
        return np.vstack([self.rgb, np.zeros((256 - len(self.rgb), 3))])

    def numbers(self, picture: npt.NDArray[Any]) -> Pixels:
        """Return the number of the nearest color for each pixel."""
        return np.asarray(self._nearest[_cell(picture)])

    def number(self, color: str) -> int:
        """Return the number of an exact color."""
        return int(self._nearest[_cell(np.array(as_rgb(color)))])


def as_rgb(color: str) -> tuple[int, int, int]:
    """Return the red, green and blue of ``#rrggbb``, from 0 to 255."""
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _packed(picture: Rgb) -> npt.NDArray[np.uint32]:
    red, green, blue = np.moveaxis(picture.astype(np.uint32), -1, 0)
    return np.asarray(red << 16 | green << 8 | blue)


def _cell(picture: npt.NDArray[Any]) -> npt.NDArray[np.int32]:
    red, green, blue = np.moveaxis(np.asarray(picture).astype(np.int32), -1, 0)
    return np.asarray((red >> 2) << 12 | (green >> 2) << 6 | blue >> 2)


@dataclass(frozen=True, eq=False)
class Film:
    """Frames to write, drawn one at a time.

    Attributes
    ----------
    frames
        Returns a new iterator over the frames, as palette numbers; all have the same even size.
    rgb
        The palette, shape (n, 3).
    size
        Width and height in pixels.
    fps
        Frames per second.
    length
        The number of frames; the last is held for `HOLD` seconds.
    """

    frames: Callable[[], Iterable[Pixels]]
    rgb: Rgb
    size: tuple[int, int]
    fps: float
    length: int


def save_film(film: Film, path: Path) -> None:
    """Write a film; the format follows from the ending of the path.

    Raises
    ------
    FileError
        The ending is unknown, the folder does not exist, or ffmpeg is missing or fails.
    """
    name = path.name
    with file_errors(path):
        as_folder = path.is_dir() or (path.suffix == "" and not path.exists())
    if as_folder:
        _save_pngs(film, path, _FRAME)
    elif path.suffix.lower() == ".png" and _is_pattern(name):
        _save_pngs(film, path.parent, name)
    elif path.suffix.lower() in _WRITERS:
        check_folder(path)
        write = _WRITERS[path.suffix.lower()]
        with atomic_path(path) as part:
            write(film, part)
    else:
        fault = "a single .png holds one frame" if path.suffix.lower() == ".png" else f"unknown ending '{path.suffix}'"
        raise FileError(
            f"{name} cannot be written",
            [fault],
            "pass a path that ends with .gif, .mp4, .webp or .html, a folder for single PNGs, or a pattern like frame-%03d.png",
        )


def check_folder(path: Path) -> None:
    """Raise an error if the folder of a path does not exist."""
    with file_errors(path):
        there = path.parent.is_dir()
    if not there:
        raise FileError(
            f"{path.name} cannot be written", [f"there is no folder {path.parent}"], "create the folder first"
        )


def _is_pattern(name: str) -> bool:
    try:
        return name % 1 != name % 2
    except (TypeError, ValueError):
        return False


def film_bytes(film: Film, ending: str) -> bytes:
    """Return the bytes of a film in a format: ``.gif``, ``.mp4`` or ``.webp``.

    Raises
    ------
    FileError
        ffmpeg is missing or fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"film{ending}"
        _WRITERS[ending](film, path)
        return path.read_bytes()


def _save_gif(film: Film, path: Path) -> None:
    """Write a looping GIF (CompuServe 1990, GIF89a) with one palette; each frame holds only what has changed.

    Pillow compresses only: it would choose one palette per frame and drop frames equal to the one before.
    """
    from PIL import Image

    colors = np.zeros((256, 3), dtype=np.uint8)
    colors[: len(film.rgb)] = film.rgb
    screen = np.array(film.size, dtype="<u2").tobytes()
    with path.open("wb") as file:
        file.write(b"GIF89a" + screen + b"\xf7\x00\x00" + colors.tobytes())
        file.write(b"!\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00")
        for (part, left, top), duration in zip(_changes(film), _durations(film, 100, least=2), strict=True):
            numbers = np.array([duration, left, top, part.shape[1], part.shape[0]], dtype="<u2").tobytes()
            file.write(b"!\xf9\x04\x05" + numbers[:2] + bytes([TRANSPARENT, 0]) + b"," + numbers[2:] + b"\x00\x08")
            file.write(Image.fromarray(part).tobytes("gif", "L", 8, 0) + b"\x00")
        file.write(b";")


def _durations(film: Film, units: int, *, least: int = 1) -> Iterator[int]:
    """Yield the duration of each frame in fractions of a second, as integers without drift; GIF viewers slow down below 2."""
    for number in range(film.length):
        duration = max(round(units * (number + 1) / film.fps) - round(units * number / film.fps), least)
        yield max(duration, round(units * HOLD)) if number == film.length - 1 else duration


def _changes(film: Film) -> Iterator[tuple[Pixels, int, int]]:
    """Yield the part of each frame that differs from the one before, transparent where equal, with its left and top.

    Left and top are even, as WebP requires. If nothing differs the part is a small rectangle, so that the frame is kept.
    """
    before: Pixels | None = None
    for frame in film.frames():
        if before is None:
            yield frame, 0, 0
        else:
            differs = before != frame
            rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
            top, bottom = (int(rows[0]) & -2, int(rows[-1]) + 1) if len(rows) else (0, 2)
            left, right = (int(columns[0]) & -2, int(columns[-1]) + 1) if len(columns) else (0, 2)
            where = slice(top, bottom), slice(left, right)
            yield np.where(differs[where], frame[where], np.uint8(TRANSPARENT)), left, top
        before = frame


def as_image(film: Film, frame: Pixels) -> "Image":
    """Return a frame as a Pillow image with the palette of the film."""
    from PIL import Image

    image = Image.frombytes("P", film.size, frame.tobytes())
    image.putpalette(film.rgb.tobytes())
    return image


def _save_webp(film: Film, path: Path) -> None:
    """Write a looping, lossless animated WebP (RFC 9649, section 2.7.1); each frame holds only what has changed.

    Pillow compresses only: it would hold all frames in memory and merge equal ones.
    """
    from PIL import Image

    colors = np.zeros((256, 4), dtype=np.uint8)
    colors[: len(film.rgb)] = np.insert(film.rgb, 3, 255, axis=1)
    with path.open("wb") as file:
        file.write(b"RIFF\0\0\0\0WEBP")
        file.write(_chunk(b"VP8X", b"\x12\0\0\0" + _uint24(film.size[0] - 1) + _uint24(film.size[1] - 1)))
        file.write(_chunk(b"ANIM", b"\xff\xff\xff\xff\0\0"))
        for (part, left, top), duration in zip(_changes(film), _durations(film, 1000), strict=True):
            still = BytesIO()
            image = Image.fromarray(colors[part])
            image.save(still, format="webp", lossless=True, quality=20, method=1, exact=True)
            where = _uint24(left // 2) + _uint24(top // 2) + _uint24(part.shape[1] - 1) + _uint24(part.shape[0] - 1)
            file.write(_chunk(b"ANMF", where + _uint24(duration) + b"\0" + still.getvalue()[12:]))
        size = file.tell() - 8
        file.seek(4)
        file.write(size.to_bytes(4, "little"))


def _chunk(name: bytes, data: bytes) -> bytes:
    return name + len(data).to_bytes(4, "little") + data + b"\0" * (len(data) % 2)


def _uint24(number: int) -> bytes:
    return number.to_bytes(3, "little")


def _save_pngs(film: Film, folder: Path, pattern: str) -> None:
    """Write numbered images, all of them or none; images of a longer film that was there before are removed.

    Only files that bear the usual name of an image are removed, never those of a pattern that the caller chose.
    """
    with file_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        names = []
        with tempfile.TemporaryDirectory(dir=folder, prefix=".frames-") as new:
            for number, frame in enumerate(film.frames(), start=1):
                names.append(pattern % number)
                as_image(film, frame).save(Path(new, names[-1]))
            for name in names:
                Path(new, name).replace(folder / name)
        if pattern == _FRAME:
            old = [path for path in folder.iterdir() if re.fullmatch(r"frame-\d{4,}\.png", path.name)]
            for path in old:
                if path.name not in names and path.is_file():
                    path.unlink()


def _save_mp4(film: Film, path: Path) -> None:
    """Pipe frames to ffmpeg: H.264 in the pixel format, and with the index first, that browsers and phones need."""
    ffmpeg = ffmpeg_path()
    if ffmpeg is None:
        raise FileError(
            f"{path.name} cannot be written",
            ["an .mp4 file needs ffmpeg, which was not found"],
            "install ffmpeg (or run pip install imageio-ffmpeg), or save a .gif or .webp",
        )
    options = f"-f rawvideo -pix_fmt yuv420p -s {film.size[0]}x{film.size[1]} -r {film.fps:g} -i - {_H264}"
    command = [ffmpeg, "-hide_banner", "-loglevel", "error", "-y", *options.split(), str(path)]
    to_yuv = _yuv_planes(film.rgb)
    with (
        tempfile.TemporaryFile() as log,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, stderr=log) as process,  # noqa: S603
    ):
        pipe = cast("IO[bytes]", process.stdin)
        _enlarge(pipe)
        with suppress(BrokenPipeError):  # ffmpeg stopped early; its message is read below
            for number, frame in enumerate(film.frames(), start=1):
                repeats = max(round(HOLD * film.fps), 1) if number == film.length else 1
                for _ in range(repeats):
                    pipe.writelines(to_yuv(frame))
        with suppress(BrokenPipeError):
            pipe.close()
        failed = process.wait() != 0
        log.seek(0)
        message = log.read().decode(errors="replace").strip()
    if failed:
        raise FileError(
            f"{path.name} cannot be written",
            [f"ffmpeg failed: {message[-500:] or 'without a message'}"],
            "save a .gif, or install an ffmpeg with libx264",
        )


def _enlarge(pipe: IO[bytes]) -> None:
    """Enlarge the buffer of a pipe if the system can, so that the two processes wait for each other less often."""
    with suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, 1 << 20)


def _yuv_planes(rgb: Rgb) -> Callable[[Pixels], list[bytes]]:
    """Return a function that converts a frame to the planes of yuv420p (ITU-R BT.709, studio range) by table lookup.

    ffmpeg could convert too, but would spend a third of its time on it.
    """
    matrix = np.array([[0.2126, 0.7152, 0.0722], [-0.114572, -0.385428, 0.5], [0.5, -0.454153, -0.045847]])
    yuv = np.zeros((256, 3))
    yuv[: len(rgb)] = rgb / 255 @ matrix.T * (219, 224, 224) + (16, 128, 128)
    luma, *chroma = (bytes(channel) for channel in yuv.round().astype(np.uint8).T)

    def planes(frame: Pixels) -> list[bytes]:
        numbers = frame.tobytes()  # bytes.translate is the fastest lookup
        found = [numbers.translate(luma)]
        for table in chroma:
            pairs = np.frombuffer(numbers.translate(table), dtype=np.uint16).reshape(len(frame), -1)
            sums = (pairs & 255) + (pairs >> 8)
            found.append((sums[::2] + sums[1::2] + 2 >> 2).astype(np.uint8).tobytes())
        return found

    return planes


def ffmpeg_path() -> str | None:
    """Return the path of ffmpeg: the system's, else that of the package imageio-ffmpeg, else None."""
    found = shutil.which("ffmpeg")
    if found is None:
        with suppress(ImportError, RuntimeError):
            import imageio_ffmpeg  # type: ignore[import-not-found,import-untyped,unused-ignore]

            found = str(imageio_ffmpeg.get_ffmpeg_exe())
    return found


_WRITERS: dict[str, Callable[[Film, Path], None]] = {".gif": _save_gif, ".mp4": _save_mp4, ".webp": _save_webp}
