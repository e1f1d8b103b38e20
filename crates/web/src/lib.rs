//! The web role: pages, API, and live counters.
