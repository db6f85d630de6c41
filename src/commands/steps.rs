//! What is being done right now: a spinner at a terminal, log lines elsewhere.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// One step of long work; says how long it took when it is done.
pub struct Step {
    what: &'static str,
    begun: Instant,
    bar: Option<ProgressBar>,
}

impl Step {
    /// Begins a step.
    pub fn begin(what: &'static str) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| spinner(what));
        Self { what, begun: Instant::now(), bar }
    }

    /// Ends it, with a line for a person or the log.
    pub fn done(self) {
        let took = self.begun.elapsed();
        match self.bar {
            Some(bar) => {
                bar.finish_and_clear();
                eprintln!("  {} ({:.1} s)", self.what, took.as_secs_f64());
            }
            None => {
                tracing::info!(step = self.what, ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX));
            }
        }
    }
}

fn spinner(what: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {msg} {elapsed}");
    let bar = ProgressBar::new_spinner().with_message(what);
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}
