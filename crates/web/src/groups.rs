//! What administrators do with groups, whoever asks: the pages and the API call the same functions.

use domain::{GroupId, GroupName, UserId, UserName};
use store::{Duplicate, GroupNode, NewGroup, StoreError};

use crate::error::{Error, Fault, Refused};
use crate::state::App;
use crate::visit::Visit;

/// A group as it was typed.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// Its name.
    pub name: String,
    /// What it is for; what is longer than 500 characters is cut.
    pub description: String,
}

impl Draft {
    /// A group that exists.
    pub fn of(group: &GroupNode) -> Self {
        Draft {
            name: group.name.clone(),
            description: group.description.clone(),
        }
    }

    /// The draft without the tracker key of who sends it.
    pub fn blotted(self, visit: &Visit) -> Self {
        Draft {
            name: visit.blotted(&self.name),
            description: visit.blotted(&self.description),
        }
    }

    fn check(&self) -> Result<NewGroup, Refused> {
        let name = self.name.parse::<GroupName>().map_err(|error| {
            let fault = match error {
                domain::Error::TitleLength { .. } => Fault::new("group_name", error),
                error => error.into(),
            };
            Refused::field("name", fault)
        })?;
        let description = self.description.trim().chars().take(500).collect();
        Ok(NewGroup {
            name: name.to_string(),
            description,
        })
    }
}

/// Makes a group.
pub async fn create(app: &App, draft: &Draft) -> Result<GroupId, Refused> {
    let group = draft.check()?;
    let id = app
        .store
        .create_group(&group, app.now())
        .await
        .map_err(taken)?;
    tracing::info!(group.id = id.0, "group made");
    Ok(id)
}

/// Renames or redescribes a group.
pub async fn update(app: &App, id: GroupId, draft: &Draft) -> Result<(), Refused> {
    let group = draft.check()?;
    app.store.update_group(id, &group).await.map_err(taken)
}

/// Deletes a group that no forum names; its members stay.
pub async fn delete(app: &App, id: GroupId) -> Result<(), Error> {
    app.store.delete_group(id).await?;
    tracing::info!(group.id = id.0, "group deleted");
    Ok(())
}

/// Puts the account of this name into a group.
pub async fn add_by_name(app: &App, group: GroupId, name: &str) -> Result<(), Refused> {
    let found = match name.trim().parse::<UserName>() {
        Ok(name) => app.store.account_by_name(&name).await?,
        Err(_) => None,
    };
    let Some(account) = found else {
        let fault = Fault::new("no_such_user", "there is no account of this name");
        return Err(Refused::field("member", fault));
    };
    Ok(add(app, group, account.user).await?)
}

/// Puts an account into a group; doing so twice is fine.
pub async fn add(app: &App, group: GroupId, user: UserId) -> Result<(), Error> {
    app.store.add_to_group(group, user, app.now()).await?;
    tracing::info!(group.id = group.0, user.id = user.0, "put into a group");
    Ok(())
}

/// Takes an account out of a group; doing so twice is fine.
pub async fn remove(app: &App, group: GroupId, user: UserId) -> Result<(), Error> {
    app.store.remove_from_group(group, user).await?;
    tracing::info!(group.id = group.0, user.id = user.0, "taken out of a group");
    Ok(())
}

fn taken(error: StoreError) -> Refused {
    match error {
        StoreError::Duplicate(duplicate @ Duplicate::GroupName) => {
            Refused::field("name", Fault::new("group_name_taken", duplicate))
        }
        error => error.into(),
    }
}
