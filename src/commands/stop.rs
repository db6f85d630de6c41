//! Ctrl-C and SIGTERM.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// A token that is cancelled by the first Ctrl-C, SIGTERM or hang-up of the terminal. Further ones change nothing:
/// the drain has a limit, and a cluster that is not stopped cleanly must recover at its next start.
pub fn on_signal() -> anyhow::Result<CancellationToken> {
    let token = CancellationToken::new();
    for kind in [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()] {
        // `nohup` asks for hang-ups to be ignored. An interrupt is never: a script's background makes it ignored for
        // its children unasked, and then nobody could stop the service by it.
        if kind == SignalKind::hangup() && is_ignored(kind) {
            continue;
        }
        let mut signals = signal(kind)?;
        let token = token.clone();
        tokio::spawn(async move {
            while signals.recv().await.is_some() {
                if !token.is_cancelled() {
                    tracing::info!("stopping");
                    token.cancel();
                }
            }
        });
    }
    Ok(token)
}

fn is_ignored(kind: SignalKind) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|text| u64::from_str_radix(text.trim(), 16).ok()).unwrap_or(0);
    mask & (1 << (kind.as_raw_value() - 1)) != 0
}
