//! The accept loop: HTTP/1 and HTTP/2 on one port, with timers, a cap and a drain.
//!
//! `axum::serve` has no header timeout: a half-sent head stayed open for as long as its client liked.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tower::ServiceExt;

use crate::config::Settings;

/// How an HTTP/2 connection begins.
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// Pause between two looks at a connection that has not said which HTTP it speaks.
const LOOK_AGAIN: Duration = Duration::from_millis(10);
/// Pause after `accept` failed, for example because file descriptors ran out.
const RECOVER: Duration = Duration::from_millis(100);

/// Serves `router` until `shutdown`, then lets running requests end for at most `drain_ms`.
///
/// # Errors
/// Never so far; the accept loop survives what a single connection does.
pub async fn serve<F>(
    listener: TcpListener,
    router: Router,
    settings: &Settings,
    shutdown: F,
) -> anyhow::Result<()>
where
    F: Future<Output = ()> + Send,
{
    let server = Arc::new(connections(settings));
    let patience = Duration::from_millis(settings.header_timeout_ms);
    let (stopping, stop) = watch::channel(());
    let open = Arc::new(Semaphore::new(settings.max_connections));
    let graceful = GracefulShutdown::new();
    tokio::pin!(shutdown);
    loop {
        let permit = tokio::select! {
            () = &mut shutdown => break,
            permit = open.clone().acquire_owned() => permit?,
        };
        let (stream, peer) = tokio::select! {
            () = &mut shutdown => break,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(?error, "accept failed");
                    tokio::time::sleep(RECOVER).await;
                    continue;
                }
            },
        };
        let (server, router, watcher, mut stop) =
            (server.clone(), router.clone(), graceful.watcher(), stop.clone());
        tokio::spawn(async move {
            let spoke = tokio::select! {
                _ = stop.changed() => false,
                spoke = tokio::time::timeout(patience, speaks(&stream)) => spoke.unwrap_or(false),
            };
            if spoke {
                let connection = connection(&server, stream, peer, router).into_owned();
                if let Err(error) = watcher.watch(connection).await {
                    tracing::debug!(?error, %peer, "connection ended");
                }
            }
            drop(permit);
        });
    }
    drop((listener, stopping));
    let drain = Duration::from_millis(settings.drain_ms);
    if tokio::time::timeout(drain, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests were still running after {} ms and are cut off", settings.drain_ms);
    }
    Ok(())
}

/// Waits until the client has shown which HTTP it speaks. The library's own detection has no timer: without this, a
/// connection that says nothing stayed open for ever.
async fn speaks(stream: &TcpStream) -> bool {
    let mut seen = [0; PREFACE.len()];
    loop {
        match stream.peek(&mut seen).await {
            Ok(0) | Err(_) => return false,
            Ok(count) if count == seen.len() || seen[..count] != PREFACE[..count] => return true,
            Ok(_) => tokio::time::sleep(LOOK_AGAIN).await,
        }
    }
}

fn connections(settings: &Settings) -> auto::Builder<TokioExecutor> {
    let mut server = auto::Builder::new(TokioExecutor::new());
    let patience = Duration::from_millis(settings.header_timeout_ms);
    server.http1().timer(TokioTimer::new()).header_read_timeout(patience);
    server
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(64)
        .keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(patience);
    server
}

fn connection(
    server: &auto::Builder<TokioExecutor>,
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
) -> auto::Connection<
    '_,
    TokioIo<TcpStream>,
    impl hyper::service::Service<
        Request<Incoming>,
        Response = axum::response::Response,
        Error = Infallible,
        Future = impl Future<Output = Result<axum::response::Response, Infallible>> + Send + 'static,
    > + Send
    + Clone
    + 'static,
    TokioExecutor,
> {
    // Small answers must not wait for more.
    let _ = stream.set_nodelay(true);
    let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().oneshot(request)
    });
    server.serve_connection(TokioIo::new(stream), service)
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::sync::oneshot;
    use tokio::task::JoinHandle;
    use tokio::time::timeout;

    use super::*;

    const ASK: &[u8] = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n";

    struct Running {
        address: SocketAddr,
        stop: oneshot::Sender<()>,
        ended: JoinHandle<anyhow::Result<()>>,
    }

    /// A server whose `/` answers after `work`.
    async fn running(settings: Settings, work: Duration) -> Running {
        let answer = move || async move {
            tokio::time::sleep(work).await;
            "done"
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let ended = tokio::spawn(async move {
            let shutdown = async { drop(stopped.await) };
            serve(listener, Router::new().route("/", get(answer)), &settings, shutdown).await
        });
        Running { address, stop, ended }
    }

    fn settings() -> Settings {
        Settings { header_timeout_ms: 300, ..crate::testing::settings() }
    }

    /// What comes back within two seconds, up to the end of the connection; none while it stays open.
    async fn whole(stream: &mut TcpStream) -> Option<String> {
        let mut text = Vec::new();
        timeout(Duration::from_secs(2), stream.read_to_end(&mut text)).await.ok()?.ok()?;
        Some(String::from_utf8(text).unwrap())
    }

    #[tokio::test]
    async fn a_head_that_never_ends_ends_the_connection() {
        let server = running(settings(), Duration::ZERO).await;
        for half in [&b""[..], b"GE", b"GET / HTTP/1.1\r\nHos", b"PRI * HTTP/2.0\r\n"] {
            let mut stream = TcpStream::connect(server.address).await.unwrap();
            stream.write_all(half).await.unwrap();
            // An end with a reset is an end: what the server left unread it cannot take back.
            let ended = timeout(Duration::from_secs(5), stream.read_to_end(&mut Vec::new())).await;
            assert!(ended.is_ok(), "still open after `{}`", String::from_utf8_lossy(half));
        }
    }

    #[tokio::test]
    async fn one_connection_more_than_the_cap_waits_for_another_to_end() {
        let server =
            running(Settings { max_connections: 2, header_timeout_ms: 60_000, ..settings() }, Duration::ZERO)
                .await;
        let mut held = Vec::new();
        for _ in 0..2 {
            let mut stream = TcpStream::connect(server.address).await.unwrap();
            stream.write_all(ASK).await.unwrap();
            assert!(stream.read(&mut [0; 512]).await.unwrap() > 0);
            held.push(stream);
        }
        let mut third = TcpStream::connect(server.address).await.unwrap();
        third.write_all(ASK).await.unwrap();
        let mut answer = [0; 512];
        assert!(timeout(Duration::from_millis(300), third.read(&mut answer)).await.is_err());
        held.pop();
        assert!(timeout(Duration::from_secs(2), third.read(&mut answer)).await.unwrap().unwrap() > 0);
    }

    #[tokio::test]
    async fn a_running_request_is_drained() {
        let server = running(settings(), Duration::from_millis(500)).await;
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(ASK).await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
        server.stop.send(()).unwrap();
        assert!(whole(&mut stream).await.unwrap().ends_with("done"));
        server.ended.await.unwrap().unwrap();
        assert!(TcpStream::connect(server.address).await.is_err());
    }

    #[tokio::test]
    async fn a_request_without_end_is_cut_off() {
        let server = running(Settings { drain_ms: 300, ..settings() }, Duration::from_mins(1)).await;
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(ASK).await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
        let told = Instant::now();
        server.stop.send(()).unwrap();
        server.ended.await.unwrap().unwrap();
        assert!(told.elapsed() >= Duration::from_millis(300) && told.elapsed() < Duration::from_secs(5));
    }
}
