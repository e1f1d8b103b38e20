"""Everything the tracker leans on goes away under load, and the tracker itself: every byte is credited once."""
