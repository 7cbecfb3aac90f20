"""Kinds of files, spreadsheets and uploads."""
