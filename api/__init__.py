"""The service: the API under `/v1` and the pages for people; a thin edge on the library."""
