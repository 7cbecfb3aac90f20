"""Maps as pictures for letters and reports: ground, signs, labels, legend."""
