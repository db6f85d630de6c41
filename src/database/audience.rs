//! The audiences that the database knows.

/// The group of readers and writers that a request belongs to; each is a database role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Audience {
    /// Anybody.
    Public,
    /// A person with an account and no office.
    Citizen,
    /// Plans and programmes.
    Planner,
    /// The fabric and its surveys.
    Surveyor,
    /// Titling cases and holders.
    Titling,
    /// Accounts, settings, everything that is not personal.
    Admin,
    /// The journal.
    Auditor,
}

impl Audience {
    /// Every audience, in the order of the enum.
    pub const ALL: [Self; 7] = [
        Self::Public,
        Self::Citizen,
        Self::Planner,
        Self::Surveyor,
        Self::Titling,
        Self::Admin,
        Self::Auditor,
    ];

    /// As it stands in the database, on the command line and in answers.
    pub fn name(self) -> &'static str {
        self.role().trim_start_matches("predio_")
    }

    /// The audience of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|audience| audience.name() == name)
    }

    /// Its database role.
    pub const fn role(self) -> &'static str {
        match self {
            Self::Public => "predio_public",
            Self::Citizen => "predio_citizen",
            Self::Planner => "predio_planner",
            Self::Surveyor => "predio_surveyor",
            Self::Titling => "predio_titling",
            Self::Admin => "predio_admin",
            Self::Auditor => "predio_auditor",
        }
    }
}
