"""Forecasts of fitted models, their scores, and backtests."""
