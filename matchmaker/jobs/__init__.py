"""Thin jobs: one service call each; the embedded clock that calls them."""
