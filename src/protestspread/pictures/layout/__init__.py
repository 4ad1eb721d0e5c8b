"""Placing labels and measuring figures in pixels."""
