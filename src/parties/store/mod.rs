//! Every SQL statement of the register.

mod people;
mod reading;
mod writing;

pub use people::*;
pub use reading::*;
pub use writing::*;
