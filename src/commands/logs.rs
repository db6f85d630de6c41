//! Log lines on standard error: for a person at a terminal, as JSON for a service's collector.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// The server's notices are no warnings of ours: `analyze` names every catalogue that the owner may not look at.
const DEFAULT: &str = "warn,predio=info,sqlx::postgres::notice=error";

/// Starts logging. `service` is true for what runs until it is stopped.
pub fn start(service: bool) {
    let filter = EnvFilter::try_from_env("PREDIO_LOG").unwrap_or_else(|_| EnvFilter::new(DEFAULT));
    let terminal = std::io::stderr().is_terminal();
    let colours = terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if service && !terminal {
        log.json().flatten_event(true).init();
    } else {
        log.compact().with_ansi(colours).with_target(false).init();
    }
}
