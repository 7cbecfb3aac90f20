"""From a delivery to stored reports: sources, import, scrubbing, the key of reporters, refused rows."""
