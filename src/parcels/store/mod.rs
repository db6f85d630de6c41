//! Every SQL statement of the parcels.

mod audit;
mod reading;
mod telling;
mod writing;

pub use audit::*;
pub use reading::*;
pub use telling::*;
pub use writing::*;
