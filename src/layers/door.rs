//! How a layer is written: the trigger `door` on its view says what it takes, the view's grants say who may.

use serde::Deserialize;

/// What can be done with a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A new one.
    Create,
    /// Another content for one that is there.
    Replace,
    /// Taken away; a legal object retires.
    Delete,
}

/// Some of the actions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Actions {
    /// [`Action::Create`]
    pub create: bool,
    /// [`Action::Replace`]
    pub replace: bool,
    /// [`Action::Delete`]
    pub delete: bool,
}

impl Actions {
    /// Whether `action` is among them.
    pub const fn has(self, action: Action) -> bool {
        match action {
            Action::Create => self.create,
            Action::Replace => self.replace,
            Action::Delete => self.delete,
        }
    }

    /// Those of a trigger's events, as the bits of `pg_trigger.tgtype` say them.
    pub const fn of_events(events: i32) -> Self {
        Self { create: events & 4 != 0, replace: events & 16 != 0, delete: events & 8 != 0 }
    }

    /// Those that both have.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            create: self.create && other.create,
            replace: self.replace && other.replace,
            delete: self.delete && other.delete,
        }
    }
}

/// The door of a layer, as one audience finds it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Door {
    /// Columns of the view that a writer sets, the geometry's among them.
    receives: Vec<String>,
    /// Those that are never empty.
    required: Vec<String>,
    /// Those that stay with an object for good.
    only_new: Vec<String>,
    /// What the layer lets anybody do.
    #[serde(skip)]
    pub takes: Actions,
    /// What this audience may do.
    #[serde(skip)]
    pub may: Actions,
}

impl Door {
    /// A door that knows what `argument` of its trigger says; one that says nothing receives every column of `all`.
    pub fn read(
        argument: Option<&str>,
        all: impl Iterator<Item = String>,
        takes: Actions,
        granted: Actions,
    ) -> Self {
        let said: Self = match argument.map(serde_json::from_str) {
            Some(Ok(door)) => door,
            _ => Self { receives: all.collect(), ..Self::default() },
        };
        Self { takes, may: takes.and(granted), ..said }
    }

    /// Whether a writer sets the column.
    pub fn receives(&self, column: &str) -> bool {
        self.receives.iter().any(|name| name == column)
    }

    /// Whether the column is never empty.
    pub fn requires(&self, column: &str) -> bool {
        self.required.iter().any(|name| name == column)
    }

    /// Whether the column stays with an object for good.
    pub fn is_only_new(&self, column: &str) -> bool {
        self.only_new.iter().any(|name| name == column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_door_says_what_it_takes() {
        let said = r#"{"base": "x.y", "receives": ["a", "b"], "required": ["a"], "only_new": []}"#;
        let door = Door::read(Some(said), std::iter::empty(), Actions::default(), Actions::default());
        assert!(door.receives("a") && door.receives("b") && door.requires("a") && !door.requires("b"));
        assert!(!door.receives("c"));
        let silent = ["c".to_owned()].into_iter();
        assert!(Door::read(None, silent, Actions::default(), Actions::default()).receives("c"));
    }

    #[test]
    fn events_of_a_trigger_are_actions() {
        let all = Actions::of_events(64 + 1 + 4 + 8 + 16);
        assert!(all.create && all.replace && all.delete);
        let some = Actions::of_events(64 + 16).and(all);
        assert!(!some.has(Action::Create) && some.has(Action::Replace) && !some.has(Action::Delete));
    }
}
