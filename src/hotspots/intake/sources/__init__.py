"""Reading reports from any source by a mapping file, without code per source."""
