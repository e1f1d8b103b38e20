//! The tracker over real sockets on loopback, spoken to by hand.

mod accounting;
mod full_scrape;
mod hostile;
mod http;
mod https;
mod limits;
mod publish;
mod restart;
mod rights;
mod udp;
mod udp_client;
mod world;
mod ws;
mod ws_client;
mod ws_hostile;
