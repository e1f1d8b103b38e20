"""What the Python suites share: processes, the server under test, torrents, announces, reports."""
