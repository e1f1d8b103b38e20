//! What people do with accounts, whoever asks: the pages and the API call the same functions.

use axum::http::HeaderValue;
use domain::{
    Email, Page, Passkey, PasswordPolicy, Registration, Scope, Scopes, Secret, UnixTime, UserId,
    UserName,
};
use store::{
    Account, AccountFilter, Conflict, Duplicate, LoginRecord, NewAccount, NewSession, NewToken,
    StoreError,
};
use subtle::ConstantTimeEq as _;

use crate::cookies::{Cookie, SESSION_SECONDS};
use crate::device::Device;
use crate::error::{Error, Fault, Faults, Refused};
use crate::limits::Key;
use crate::moderation;
use crate::state::App;
use crate::visit::{Visit, hash};

/// What a person sends to get an account, not yet checked.
#[derive(Debug, Default)]
pub struct Application {
    /// The wished name.
    pub name: String,
    /// The address; empty for none.
    pub email: String,
    /// The password.
    pub password: String,
    /// The invitation; empty for none.
    pub invite: String,
    /// Whether the rules were accepted.
    pub accepts_rules: bool,
}

/// Makes an account as the site's registration setting allows.
///
/// An address that another account has is left out of the new account, and nobody is told: an answer
/// would say who is here.
pub async fn register(app: &App, visit: &Visit, form: &Application) -> Result<UserId, Refused> {
    let settings = &visit.site.settings;
    if settings.registration == Registration::Closed {
        return Err(Error::Forbidden.into());
    }
    let mut faults = Faults::default();
    let checked = check(form, &mut faults);
    let code = form
        .invite
        .trim()
        .parse::<Secret>()
        .ok()
        .map(|code| hash(&code));
    let invite = match (settings.registration, code) {
        (Registration::Invite, Some(code)) => Some(code),
        (Registration::Invite, None) => {
            faults.add(
                "invite",
                Fault::new("invite_invalid", "the invitation is not valid"),
            );
            None
        }
        _ => None,
    };
    if !settings.rules_text.is_empty() && !form.accepts_rules {
        faults.add(
            "rules",
            Fault::new("rules_not_accepted", "the rules must be accepted"),
        );
    }
    let Some((name, email)) = checked.filter(|_| faults.is_empty()) else {
        return Err(Refused::Faults(faults));
    };
    app.limits
        .take(Key::RegisterFrom(visit.address), visit.now)?;
    let mut account = NewAccount {
        name,
        email,
        password_hash: app.passwords.hash(form.password.clone()).await?,
        passkey: Passkey::generate(&app.entropy),
        admin: false,
        invite,
        language: Some(visit.lang),
        now: visit.now,
    };
    loop {
        match app.store.register(&account).await {
            Ok(user) => {
                tracing::info!(user.id = user.0, "account registered");
                return Ok(user);
            }
            Err(StoreError::Duplicate(Duplicate::Email)) if account.email.is_some() => {
                account.email = None;
            }
            Err(StoreError::Duplicate(Duplicate::UserName)) => {
                return Err(Refused::field(
                    "name",
                    Fault::new("name_taken", "this name is taken"),
                ));
            }
            Err(StoreError::Conflict(Conflict::InviteInvalid)) => {
                let fault = Fault::new("invite_invalid", "the invitation is not valid");
                return Err(Refused::field("invite", fault));
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Makes the first administrator, once, for whoever has the one-time token.
pub async fn set_up(
    app: &App,
    visit: &Visit,
    token: &str,
    form: &Application,
) -> Result<UserId, Refused> {
    may_set_up(app, visit, token).await?;
    let mut faults = Faults::default();
    let checked = check(form, &mut faults);
    let Some((name, email)) = checked.filter(|_| faults.is_empty()) else {
        return Err(Refused::Faults(faults));
    };
    let account = NewAccount {
        name,
        email,
        password_hash: app.passwords.hash(form.password.clone()).await?,
        passkey: Passkey::generate(&app.entropy),
        admin: true,
        invite: None,
        language: Some(visit.lang),
        now: visit.now,
    };
    match app.store.setup(&account).await {
        Ok(user) => {
            *app.setup_token.lock() = None;
            tracing::info!(user.id = user.0, "the first administrator was made");
            Ok(user)
        }
        Err(StoreError::Conflict(Conflict::SetupDone)) => {
            *app.setup_token.lock() = None;
            Err(Error::NotFound.into())
        }
        Err(StoreError::Duplicate(Duplicate::UserName)) => Err(Refused::field(
            "name",
            Fault::new("name_taken", "this name is taken"),
        )),
        Err(error) => Err(error.into()),
    }
}

/// Whether the token is the one-time token of the set-up page. Without one, and for any wrong one, there
/// is no such page.
pub async fn may_set_up(app: &App, visit: &Visit, token: &str) -> Result<(), Error> {
    let expected = app.setup_token.lock().clone().ok_or(Error::NotFound)?;
    let fits: bool = token.as_bytes().ct_eq(expected.as_bytes()).into();
    if !fits {
        app.limits.take(Key::LoginFrom(visit.address), visit.now)?;
        return Err(Error::NotFound);
    }
    match needs_setup(app).await? {
        true => Ok(()),
        false => Err(Error::NotFound),
    }
}

/// Whether the set-up page waits for the first administrator. One may have been made on the command
/// line meanwhile; the page is gone then, too.
pub async fn needs_setup(app: &App) -> Result<bool, Error> {
    if app.setup_token.lock().is_none() {
        return Ok(false);
    }
    let needed = app.store.needs_setup().await?;
    if !needed {
        *app.setup_token.lock() = None;
    }
    Ok(needed)
}

/// Whether an invitation as a link has it would let someone register now.
pub async fn invite_works(app: &App, visit: &Visit, code: &str) -> Result<bool, Error> {
    match code.trim().parse::<Secret>() {
        Ok(code) => Ok(app.store.invite_is_valid(&hash(&code), visit.now).await?),
        Err(_) => Ok(false),
    }
}

fn check(form: &Application, faults: &mut Faults) -> Option<(UserName, Option<Email>)> {
    let name = faults.keep("name", form.name.trim().parse::<UserName>());
    let email = faults.keep("email", optional_email(&form.email));
    faults.keep("password", PasswordPolicy.check(&form.password, &form.name));
    Some((name?, email?))
}

fn optional_email(text: &str) -> Result<Option<Email>, domain::Error> {
    match text.trim() {
        "" => Ok(None),
        text => text.parse().map(Some),
    }
}

/// Who this name (or e-mail address) and password belong to.
///
/// Unknown names cost the same time and get the same answer as wrong passwords. Tries are limited per
/// address, and per name from one address; a name that is tried from everywhere is answered more slowly.
/// A device that the account was logged in on before has tries of its own, so that nobody's tries lock
/// an owner out.
pub async fn log_in(
    app: &App,
    visit: &Visit,
    name: &str,
    password: &str,
) -> Result<UserId, Refused> {
    let wrong = || {
        Refused::field(
            "password",
            Fault::new("wrong_login", "the name or the password is wrong"),
        )
    };
    let typed = name.trim();
    let by_name = typed.parse::<UserName>().ok();
    let key = match &by_name {
        Some(name) => name.key(),
        None => typed.chars().take(254).collect::<String>().to_lowercase(),
    };
    let find = async || match (&by_name, typed.parse::<Email>()) {
        (Some(name), _) => app.store.find_for_login(name).await,
        (None, Ok(email)) => app.store.find_for_login_by_email(&email).await,
        (None, Err(_)) => Ok(None),
    };
    let device = known_device(app, visit);
    // only who carries our seal is looked up before anything is counted
    let mut record = match &device {
        Some(_) => find().await?,
        None => None,
    };
    let owner = record.as_ref().map(|record| record.user);
    let device = device.filter(|device| owner == Some(device.user));
    let counted = match device {
        Some(device) => Key::LoginDevice(device.number),
        None => {
            app.limits.take(Key::LoginFrom(visit.address), visit.now)?;
            Key::LoginAs(key.clone(), visit.address)
        }
    };
    app.limits.take(counted.clone(), visit.now)?;
    if matches!(counted, Key::LoginAs(..)) {
        hold_back(app, key, visit.now).await;
        record = find().await?;
    }
    let too_long = password.len() > PasswordPolicy::MAX_BYTES;
    let given = if too_long {
        String::new()
    } else {
        password.to_owned()
    };
    let stored = record.as_ref().map(|record| record.password_hash.clone());
    let fits = app.passwords.verify(given, stored).await?;
    let Some(LoginRecord { user, ban, .. }) = record.filter(|_| fits && !too_long) else {
        return Err(wrong());
    };
    if let Some(ban) = ban {
        return Err(Error::Banned(Some(ban.reason)).into());
    }
    app.limits.forget(counted);
    Ok(user)
}

/// The device this browser proves to be.
fn known_device(app: &App, visit: &Visit) -> Option<Device> {
    Device::unsealed(visit.device.as_deref()?, &app.secret, visit.now)
}

/// Lets a try wait when there have been many on this name, wherever they came from.
async fn hold_back(app: &App, name: String, now: UnixTime) {
    let delay = app.limits.delay(Key::LoginAnywhere(name), now);
    if !delay.is_zero()
        && let Ok(_place) = app.held_back.try_acquire()
    {
        tokio::time::sleep(delay).await;
    }
}

/// Begins a session with a fresh secret and ends the one the browser had; returns its cookie and that
/// of the device.
pub async fn begin_session(
    app: &App,
    visit: &Visit,
    user: UserId,
) -> Result<[HeaderValue; 2], Error> {
    if let Some(old) = visit.session()
        && let Some(owner) = old.viewer.user
    {
        app.store.end_session(owner, old.session).await?;
    }
    let secret = Secret::generate(&app.entropy);
    app.store
        .create_session(&NewSession {
            user,
            token: hash(&secret),
            csrf: app.entropy.bytes(),
            ip: visit.address.to_string(),
            user_agent: visit.user_agent.clone(),
            now: visit.now,
            expires_at: visit.now.plus(SESSION_SECONDS),
        })
        .await?;
    let device = known_device(app, visit)
        .filter(|device| device.user == user)
        .unwrap_or_else(|| Device::new(user, &app.entropy));
    let secure = app.config.secure();
    let device = device.sealed(&app.secret, visit.now);
    Ok([
        Cookie::Session.set(secret.as_str(), secure),
        Cookie::Device.set(&device, secure),
    ])
}

/// Replaces the password after checking the present one; every other session ends.
pub async fn change_password(
    app: &App,
    visit: &Visit,
    user: UserId,
    present: &str,
    wished: &str,
) -> Result<(), Refused> {
    let mut faults = Faults::default();
    faults.keep("new", PasswordPolicy.check(wished, &visit.viewer().name));
    if !faults.is_empty() {
        return Err(Refused::Faults(faults));
    }
    app.limits.take(Key::Secret(user.0), visit.now)?;
    let record = app.store.login_record(user).await?;
    let given = present.chars().take(PasswordPolicy::MAX_BYTES).collect();
    if !app
        .passwords
        .verify(given, Some(record.password_hash))
        .await?
    {
        let fault = Fault::new("wrong_password", "the present password is wrong");
        return Err(Refused::field("present", fault));
    }
    app.limits.forget(Key::Secret(user.0));
    let hash = app.passwords.hash(wished.to_owned()).await?;
    app.store
        .set_password(user, &hash, visit.session_id())
        .await?;
    tracing::info!(user.id = user.0, "password changed");
    Ok(())
}

/// Sets the address; one that another account has is quietly not taken over.
pub async fn set_email(app: &App, user: UserId, email: Option<&str>) -> Result<(), Refused> {
    let email = match email {
        None => None,
        Some(text) => match optional_email(text) {
            Ok(email) => email,
            Err(error) => return Err(Refused::field("email", error)),
        },
    };
    match app.store.set_email(user, email.as_ref()).await {
        Ok(()) | Err(StoreError::Duplicate(Duplicate::Email)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Gives the account a new tracker key; the tracker refuses the old one from its next announce on.
pub async fn reset_passkey(app: &App, user: UserId) -> Result<Passkey, Error> {
    let passkey = Passkey::generate(&app.entropy);
    app.store.reset_passkey(user, &passkey).await?;
    tracing::info!(user.id = user.0, "passkey reset");
    Ok(passkey)
}

/// Makes an API token; its secret is returned here and never again.
pub async fn create_token(
    app: &App,
    visit: &Visit,
    user: UserId,
    name: &str,
    scopes: Scopes,
) -> Result<Secret, Refused> {
    let mut faults = Faults::default();
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    if !(1..=80).contains(&name.chars().count()) {
        faults.add(
            "name",
            Fault::new("token_name", "the name must have 1 to 80 characters"),
        );
    }
    if scopes.is_empty() {
        faults.add(
            "scopes",
            Fault::new("token_scopes", "choose at least one scope"),
        );
    }
    if !scopes.iter().all(for_members) && !visit.viewer().is_admin() {
        faults.add(
            "scopes",
            Fault::new("token_scopes_staff", "this scope is for staff"),
        );
    }
    if !faults.is_empty() {
        return Err(Refused::Faults(faults));
    }
    let secret = Secret::generate(&app.entropy);
    app.store
        .create_token(&NewToken {
            user,
            name,
            token: hash(&secret),
            scopes,
            now: visit.now,
            expires_at: None,
        })
        .await?;
    tracing::info!(user.id = user.0, "API token made");
    Ok(secret)
}

/// Makes an invitation that lets one person register within two weeks.
pub async fn create_invite(app: &App, visit: &Visit, by: UserId) -> Result<Secret, Error> {
    let code = Secret::generate(&app.entropy);
    let until = visit.now.plus(INVITE_SECONDS);
    app.store
        .create_invite(by, &hash(&code), visit.now, until)
        .await?;
    Ok(code)
}

const INVITE_SECONDS: i64 = 14 * 86_400;

/// Whether every member may give this scope to a token; the others are for staff.
pub fn for_members(scope: Scope) -> bool {
    !matches!(scope, Scope::Admin | Scope::Moderate | Scope::Tracker)
}

/// The message key of what a scope allows.
pub fn scope_key(scope: &Scope) -> &'static str {
    match scope {
        Scope::Read => "scope-read",
        Scope::Download => "scope-download",
        Scope::Account => "scope-account",
        Scope::Post => "scope-post",
        Scope::Tracker => "scope-tracker",
        Scope::Moderate => "scope-moderate",
        Scope::Admin => "scope-admin",
    }
}

/// Accounts by number, or with the beginning of a name those of any kind that have it, by name; and how
/// many there are.
pub async fn list(
    app: &App,
    filter: AccountFilter,
    beginning: &str,
    page: Page,
) -> Result<(Vec<Account>, u64), Error> {
    Ok(match beginning.trim() {
        "" => app.store.list_accounts(filter, page).await?,
        beginning => app.store.find_accounts(beginning, page).await?,
    })
}

/// Bans an account: its sessions end, its tokens and its passkey stop working.
pub async fn ban(app: &App, user: UserId, reason: &str) -> Result<(), Error> {
    let reason = moderation::short(reason);
    app.store.ban(user, &reason, app.now()).await?;
    tracing::info!(user.id = user.0, "account banned");
    Ok(())
}

/// Gives or takes the role of administrator; the last one keeps it.
pub async fn set_admin(app: &App, user: UserId, admin: bool) -> Result<(), Error> {
    app.store.set_admin(user, admin).await?;
    tracing::info!(user.id = user.0, admin, "administrator role changed");
    Ok(())
}

/// Ends every session of an account.
pub async fn log_out(app: &App, user: UserId) -> Result<(), Error> {
    // who does not exist is told apart from who is not logged in
    app.store.account(user).await?;
    app.store.end_other_sessions(user, None).await?;
    tracing::info!(user.id = user.0, "all sessions ended");
    Ok(())
}

/// Lifts a ban.
pub async fn unban(app: &App, user: UserId) -> Result<(), Error> {
    app.store.unban(user).await?;
    tracing::info!(user.id = user.0, "account unbanned");
    Ok(())
}
