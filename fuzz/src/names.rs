//! What people type into forms: whatever is taken reads back as itself.

use domain::{Email, Passkey, PostText, Scopes, SiteSettings, TopicTitle, UserName};

pub fn run(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    if let Ok(name) = text.parse::<UserName>() {
        assert_eq!(name.as_str().parse(), Ok(name.clone()));
        assert!((2..=32).contains(&name.as_str().chars().count()));
        assert!(!name.key().is_empty(), "{name}");
    }
    if let Ok(email) = text.parse::<Email>() {
        assert_eq!(email.as_str().parse(), Ok(email.clone()));
        assert!(
            !email.as_str().contains(['\r', '\n', ' ', '<', '>', ',']),
            "{email}"
        );
    }
    if let Ok(title) = text.parse::<TopicTitle>() {
        assert_eq!(title.as_str().parse(), Ok(title.clone()));
        assert!(!title.as_str().contains(char::is_control), "{title}");
    }
    if let Ok(post) = text.parse::<PostText>() {
        assert_eq!(post.as_str().parse(), Ok(post.clone()));
    }
    if let Ok(scopes) = text.parse::<Scopes>() {
        assert_eq!(scopes.to_string().parse(), Ok(scopes));
    }
    if let Ok(passkey) = text.parse::<Passkey>() {
        assert_eq!(passkey.as_str(), text);
    }
    if let Some((key, value)) = text.split_once('=')
        && let Ok(settings) = SiteSettings::from_pairs([(key, value)])
    {
        assert_eq!(SiteSettings::from_pairs(settings.pairs()), Ok(settings));
    }
}
