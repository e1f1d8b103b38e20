//! How columns become domain values.
