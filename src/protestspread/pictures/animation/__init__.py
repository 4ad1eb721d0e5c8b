"""Animations: frames to GIF, MP4, WebP, PNG or HTML."""
