"""Shared by all routes of the service: sign-in, errors, limits, headers, forms, paging."""
