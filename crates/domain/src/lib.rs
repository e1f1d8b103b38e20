//! The site's nouns and rules: people, rights, forums, markup, torrents. Plain data and pure functions.
