//! Tests of what the parts do together, without a socket.

mod model;
