//! Every SQL statement of the register.

pub mod burdens;
mod people;
mod reading;
mod writing;

pub use people::*;
pub use reading::*;
pub use writing::*;
