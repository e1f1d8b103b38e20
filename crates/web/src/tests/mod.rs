//! What holds for the site as a whole, asked of every route of the table.

mod accounts;
mod admin;
mod api;
mod api_admin;
mod api_tracker;
mod routes;
mod strings;
