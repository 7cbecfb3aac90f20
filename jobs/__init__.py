"""The unattended work and the `hotspots` command; thin edges on the library."""
