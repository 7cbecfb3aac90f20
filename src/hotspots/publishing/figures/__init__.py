"""Figures as charts and tables, as far as their reader may know."""
