//! Durable truth on SQLite or PostgreSQL: migrations, intent-named methods, one read model per page.
