//! BEP 52's hash trees.
