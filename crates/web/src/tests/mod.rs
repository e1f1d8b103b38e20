//! What holds for the site as a whole, asked of every route of the table.

mod accounts;
mod admin;
mod api;
mod routes;
mod strings;
