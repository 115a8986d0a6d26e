"""SoundTrack: what is heard beside the pictures of a film, encoded as it comes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

RATE = 48_000  # Hz, which every codec and player knows


class SoundTrack:
    """A second stream of a container, which must have it before its first packet.

    Args:
        rate: of the samples that come, Hz.
    """

    def __init__(self, container: Any, codec: str, rate: int) -> None:
        import av

        self._container, self._rate, self._count = container, rate, 0
        self._stream = container.add_stream(codec, rate=RATE, layout="mono")
        context = self._stream.codec_context
        context.open()
        self._resampler = av.AudioResampler(context.format, "mono", RATE, context.frame_size or None)

    def add(self, samples: np.ndarray) -> None:
        """More of it, float32 (n,) in [-1, 1]."""
        import av

        if not len(samples):
            return
        frame = av.AudioFrame.from_ndarray(samples[None], format="flt", layout="mono")
        frame.sample_rate, frame.pts = self._rate, self._count
        self._count += len(samples)
        self._encode(frame)

    def close(self) -> None:
        """What is still in the way comes out."""
        self._encode(None)
        for packet in self._stream.encode(None):
            self._container.mux(packet)

    def _encode(self, frame: Any) -> None:
        for piece in self._resampler.resample(frame):
            for packet in self._stream.encode(piece):
                self._container.mux(packet)
