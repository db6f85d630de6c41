//! Migrations and roles.
