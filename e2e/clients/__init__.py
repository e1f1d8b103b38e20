"""Transfers between real BitTorrent clients through a real skep."""
