//! Accounts: names, addresses, passwords, keys, and who is looking.

mod confusable;
mod email;
mod name;
mod password;
mod ratio;
mod scope;
mod secret;
mod viewer;

pub use email::Email;
pub use name::UserName;
pub use password::PasswordPolicy;
pub use ratio::Ratio;
pub use scope::{Scope, Scopes};
pub use secret::{Passkey, Secret};
pub use viewer::Viewer;
