//! The port to serve on: refused before slow work when somebody has it, with who that is.

use std::fs;
use std::io::ErrorKind;
use std::net::SocketAddr;

use predio::refusal::Refusal;
use tokio::net::TcpSocket;

/// Refuses when the address cannot be served on; keeps nothing.
pub fn refuse_if_busy(address: SocketAddr) -> anyhow::Result<()> {
    match std::net::TcpListener::bind(address) {
        Ok(_) => Ok(()),
        // Root is asked first and gives up its rights later, so the low ports are refused here too.
        Err(error) => Err(refusal(address, &error)),
    }
}

/// Takes the port without listening yet, so that clients are told "not there" rather than left waiting.
pub fn reserve(address: SocketAddr) -> anyhow::Result<TcpSocket> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // A port whose last connections still linger is free.
    socket.set_reuseaddr(true)?;
    socket.bind(address).map_err(|error| refusal(address, &error))?;
    Ok(socket)
}

/// Why `address` cannot be served on, and what to do.
pub fn refusal(address: SocketAddr, error: &std::io::Error) -> anyhow::Error {
    let port = address.port();
    let text = match error.kind() {
        ErrorKind::AddrInUse => {
            let who = match listener_on(port) {
                Some((pid, name)) => format!("process {pid} ({name})"),
                None => "a process of another user".to_owned(),
            };
            format!(
                "port {port} is busy: {who} listens on it. Stop it, or choose another: --listen {}:{}",
                address.ip(),
                port.wrapping_add(1)
            )
        }
        ErrorKind::PermissionDenied => {
            format!(
                "this user may not listen on port {port}. Choose one above 1023 and put a proxy in front of it."
            )
        }
        _ => format!("cannot listen on {address}: {error}. Choose another address with --listen."),
    };
    Refusal::because(text)
}

/// The process that listens on `port`, when this user may see it.
fn listener_on(port: u16) -> Option<(u32, String)> {
    let inodes: Vec<String> = ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .filter_map(|path| fs::read_to_string(path).ok())
        .flat_map(|table| listening_inodes(&table, port))
        .collect();
    let pids = fs::read_dir("/proc")
        .ok()?
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let pid = { pids }.find(|pid| holds_one_of(*pid, &inodes))?;
    // Its command line, because a process that was started through a link has the link's name otherwise.
    let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let program = line.split(|byte| *byte == 0).next().unwrap_or_default();
    let name = String::from_utf8_lossy(program);
    Some((pid, name.rsplit('/').next().unwrap_or_default().to_owned()))
}

/// Sockets in state LISTEN (0A) on `port`. Columns: number, local address, remote address, state, …, inode (10th).
fn listening_inodes(table: &str, port: u16) -> Vec<String> {
    let suffix = format!(":{port:04X}");
    let lines = table.lines().skip(1).map(|line| line.split_whitespace().collect::<Vec<_>>());
    lines
        .filter(|columns| columns.len() > 9 && columns[3] == "0A" && columns[1].ends_with(&suffix))
        .map(|columns| format!("socket:[{}]", columns[9]))
        .collect()
}

fn holds_one_of(pid: u32, inodes: &[String]) -> bool {
    let Ok(entries) = fs::read_dir(format!("/proc/{pid}/fd")) else { return false };
    entries
        .flatten()
        .filter_map(|entry| fs::read_link(entry.path()).ok())
        .any(|target| inodes.iter().any(|inode| target.as_os_str() == inode.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_port_names_its_process() {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap();
        let error = refuse_if_busy(address).unwrap_err();
        assert!(error.is::<Refusal>());
        assert!(error.to_string().contains(&format!("process {}", std::process::id())), "{error}");
        assert!(reserve(address).is_err());
        drop(taken);
        refuse_if_busy(address).unwrap();
    }
}
