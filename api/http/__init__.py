"""What every answer of the service shares: sign-in, errors, limits, headers, forms, paging."""
