"""An example: opens a zaak in a ZGW Zaken API for each place on which people decided, and links it back."""
