"""Tests of space-time interaction: whether events that are close in space are also close in time."""

from . import schemes as schemes
