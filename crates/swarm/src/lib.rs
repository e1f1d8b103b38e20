//! Who has what: announces, peers, scrapes, expiry, access and accounting. No socket, no clock.
