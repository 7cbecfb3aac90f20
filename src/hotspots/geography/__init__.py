"""Projections, cells and areas."""
