//! The keys of the configuration: what they are called, what they mean, what holds without them.
//!
//! A table is written once, with `table!`: its doc comments become the `--help` of its
//! flags, the comments of `skep config init` and the reference page.

use toml::Value;

/// One table of `skep.toml`.
#[derive(Clone, Copy)]
pub struct Table {
    /// Its name in the file, and the first half of its environment variables.
    pub name: &'static str,
    /// What the part it configures does; one entry a line.
    pub about: &'static [&'static str],
    /// Its keys, in the order they are shown.
    pub keys: &'static [Key],
    /// The flag of a key, if it has one.
    pub flag: fn(&str) -> Option<String>,
}

/// One key of a table.
#[derive(Clone, Copy)]
pub struct Key {
    /// Its name in the file.
    pub name: &'static str,
    /// What it means; one entry a line.
    pub doc: &'static [&'static str],
    /// What kind of value it holds.
    pub kind: Kind,
    /// The value that holds when nobody gives one, as TOML.
    pub default: &'static str,
}

impl Key {
    /// The default as a value.
    pub fn default_value(&self) -> Value {
        let document: toml::Table = format!("x = {}", self.default)
            .parse()
            .expect("defaults in the source are TOML");
        document["x"].clone()
    }
}

/// What a key can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A quoted text.
    Text,
    /// A whole number from 0.
    Number,
    /// `true` or `false`.
    Switch,
    /// A list of texts.
    List,
}

impl Kind {
    /// Whether a value of the file is of this kind.
    pub fn holds(self, value: &Value) -> bool {
        match self {
            Kind::Text => value.is_str(),
            Kind::Number => value.as_integer().is_some_and(|number| number >= 0),
            Kind::Switch => value.is_bool(),
            Kind::List => value
                .as_array()
                .is_some_and(|list| list.iter().all(Value::is_str)),
        }
    }

    /// Reads a value from the plain text of a flag or an environment variable; a list is separated by commas.
    pub fn read(self, text: &str) -> Option<Value> {
        match self {
            Kind::Text => Some(Value::String(text.to_owned())),
            Kind::Number => text
                .parse()
                .ok()
                .filter(|number| *number >= 0)
                .map(Value::Integer),
            Kind::Switch => match text {
                "true" | "yes" | "on" | "1" => Some(Value::Boolean(true)),
                "false" | "no" | "off" | "0" => Some(Value::Boolean(false)),
                _ => None,
            },
            Kind::List => {
                let items = text.split([',', ' ']).filter(|item| !item.is_empty());
                Some(Value::Array(
                    items.map(|item| Value::String(item.to_owned())).collect(),
                ))
            }
        }
    }

    /// What to write, for a message.
    pub fn wanted(self) -> &'static str {
        match self {
            Kind::Text => "a text in quotes",
            Kind::Number => "a whole number from 0",
            Kind::Switch => "true or false",
            Kind::List => "a list of texts such as [\"a\", \"b\"]",
        }
    }
}

/// A Rust type that a key can have.
pub trait Typed {
    /// The kind of value it is read from.
    const KIND: Kind;
}

impl Typed for String {
    const KIND: Kind = Kind::Text;
}

impl Typed for u64 {
    const KIND: Kind = Kind::Number;
}

impl Typed for bool {
    const KIND: Kind = Kind::Switch;
}

impl Typed for Vec<String> {
    const KIND: Kind = Kind::List;
}

/// Writes a table of the configuration: its raw struct, its flags and its [`Table`].
macro_rules! table {
    (
        $(#[doc = $about:literal])*
        $raw:ident, $flags:ident = $table:literal;
        $(
            $(#[doc = $doc:literal])*
            #[arg($($flag:tt)*)]
            $key:ident: $type:ty = $default:literal;
        )*
    ) => {
        $(#[doc = $about])*
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $raw { $( $(#[doc = $doc])* pub $key: $type, )* }

        /// The flags of this table.
        #[derive(Clone, Debug, Default, clap::Args)]
        #[group(skip)]
        pub struct $flags { $( $(#[doc = $doc])* #[arg($($flag)*)] pub $key: Option<String>, )* }

        impl $flags {
            /// The flags that were given, by key.
            pub fn given(&self) -> impl Iterator<Item = (&'static str, &str)> {
                [$( (stringify!($key), self.$key.as_deref()) ),*]
                    .into_iter()
                    .filter_map(|(key, value)| Some((key, value?)))
            }
        }

        /// What the file, the help and the reference say about this table.
        pub const TABLE: $crate::config::key::Table = $crate::config::key::Table {
            name: $table,
            about: &[$($about),*],
            keys: &[$(
                $crate::config::key::Key {
                    name: stringify!($key),
                    doc: &[$($doc),*],
                    kind: <$type as $crate::config::key::Typed>::KIND,
                    default: $default,
                }
            ),*],
            flag: |key| {
                let command = <$flags as clap::Args>::augment_args(clap::Command::new(""));
                let long = command.get_arguments().find(|a| a.get_id() == &format!("{}.{key}", $table))?.get_long()?;
                Some(format!("--{long}"))
            },
        };
    };
}
pub(super) use table;
