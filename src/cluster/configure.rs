//! The server's settings, written anew at each start from the machine's memory and cores.
//!
//! They lie in `predio.conf`, which `postgresql.conf` includes at its end; `alter system` still wins over them.

use std::fmt::Write as _;
use std::path::Path;

use super::folder::{Layout, State};

const MIB: u64 = 1 << 20;

/// The text of `predio.conf`.
pub fn settings(layout: &Layout, state: &State) -> String {
    let memory = memory_bytes() / MIB;
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let mut text = format!(
        "# Written by Predio at each start. To change a value use: alter system set … \n\
         listen_addresses = '127.0.0.1'\n\
         port = {port}\n\
         unix_socket_directories = '{socket}'\n\
         unix_socket_permissions = 0700\n\
         max_connections = 64\n\
         password_encryption = 'scram-sha-256'\n\
         timezone = 'America/Lima'\n\
         shared_buffers = '{buffers}MB'\n\
         effective_cache_size = '{cache}MB'\n\
         maintenance_work_mem = '{maintenance}MB'\n\
         work_mem = '{work}MB'\n\
         max_wal_size = '4GB'\n\
         wal_compression = on\n\
         random_page_cost = 1.1\n\
         jit = off\n\
         max_parallel_workers = {cores}\n\
         max_parallel_workers_per_gather = {gather}\n",
        port = state.port,
        socket = quoted(&state.socket),
        buffers = (memory / 4).clamp(64, 4_096),
        cache = (memory / 2).max(128),
        maintenance = (memory / 32).clamp(64, 768),
        work = (memory / 512).clamp(4, 48),
        gather = cores.min(2),
    );
    text.push_str(&logging(layout));
    if shared_memory_is_small() {
        // Containers often give /dev/shm 64 MB, in which parallel queries fail; files in the data folder do not.
        text.push_str("dynamic_shared_memory_type = 'mmap'\n");
    }
    text
}

/// A week of log files. Neither statements, nor their values, nor the details of errors are logged: they can carry
/// a person's name or document number.
fn logging(layout: &Layout) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "log_directory = '{}'", quoted(&layout.log()));
    text.push_str(
        "logging_collector = on\n\
         log_filename = 'postgresql-%a.log'\n\
         log_rotation_age = '1d'\n\
         log_rotation_size = 0\n\
         log_truncate_on_rotation = on\n\
         log_file_mode = 0600\n\
         log_timezone = 'America/Lima'\n\
         log_line_prefix = '%m [%p] %q%u@%d '\n\
         log_statement = 'none'\n\
         log_min_error_statement = 'panic'\n\
         log_parameter_max_length = 0\n\
         log_parameter_max_length_on_error = 0\n\
         log_error_verbosity = 'terse'\n",
    );
    text
}

/// The machine's memory, or the control group's limit where that is lower.
fn memory_bytes() -> u64 {
    let total = std::fs::read_to_string("/proc/meminfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("MemTotal:"))?;
        line.split_whitespace().nth(1)?.parse::<u64>().ok()
    });
    let total = total.map_or(1 << 30, |kib| kib * 1024);
    ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"]
        .iter()
        .filter_map(|path| std::fs::read_to_string(path).ok()?.trim().parse().ok())
        .fold(total, u64::min)
}

fn shared_memory_is_small() -> bool {
    nix::sys::statvfs::statvfs("/dev/shm")
        .map_or(true, |disk| disk.blocks_available() * disk.fragment_size() < 256 * MIB)
}

/// A path inside single quotes of `postgresql.conf`.
fn quoted(path: &Path) -> String {
    path.display().to_string().replace('\\', "\\\\").replace('\'', "''")
}
