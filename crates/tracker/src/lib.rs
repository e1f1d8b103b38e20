//! The tracker role: HTTP and UDP listeners over one swarm, and the accounts behind them.
