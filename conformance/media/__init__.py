"""Tiny probe media, committed as bytes so that the hashes of recorded requests hold.

Who needs them: cases send them, the reference gateway stands in with them for public files. How they were made, once:

=========================  ==========================================================================================
red-64, blue-64, green-64  64x64, one colour, saved by Pillow (PNG optimised, JPEG and WebP quality 80, GIF, BMP with a
                           palette, TIFF deflated, AVIF quality 60, HEIC quality 40 by pillow-heif; the SVG was typed)
animated-64.gif            two frames of 64x64, red then blue
1x1.png                    one red pixel
1bit-N.png, 1bit-WxH.png   black, one bit a pixel, all rows in a single level-9 zlib stream: 8000x8000 px are 8 KB
tone.mp3, tone-2s.mp3      ffmpeg ``-f lavfi -i sine=frequency=440:sample_rate=16000:duration=N -ac 1 -b:a 16k``
clip.mp4, clip-2s.mp4      ffmpeg ``-f lavfi -i testsrc=size=64x64:rate=5:duration=N -c:v libx264 -crf 40``
=========================  ==========================================================================================

The ffmpeg runs also had ``-map_metadata -1 -fflags +bitexact``: no dates, no encoder names.
"""

from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType

WORLD = MappingProxyType(
    {
        "https://storage.googleapis.com/cloud-samples-data/video/cat.mp4": "clip.mp4",
        "https://storage.googleapis.com/cloud-samples-data/speech/brooklyn_bridge.mp3": "tone.mp3",
    }
)
"""Public sample files that cases name by URL, and the file of ours that stands in for each where there is no network."""


def path(name: str) -> Traversable:
    """Where the media file of this name lies; it exists, or FileNotFoundError is raised."""
    found = files(__name__) / name
    if not found.is_file():
        raise FileNotFoundError(f"no probe medium named {name!r}")
    return found


@cache
def load(name: str) -> bytes:
    """The bytes of the media file of this name. Raises FileNotFoundError for a name that is none."""
    return path(name).read_bytes()
