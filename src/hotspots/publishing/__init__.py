"""What leaves the system: maps, pictures, reports, exports, embeds, mail, and what is suppressed in them."""
