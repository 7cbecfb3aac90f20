"""Output for others: maps, pictures, reports, exports, embeds and mail, with disclosure control."""
