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
use tokio::sync::Semaphore;
use tower::ServiceExt;

use crate::config::Settings;

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
    let server = connections(settings);
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
        let connection = connection(&server, stream, peer, router.clone());
        let watched = graceful.watch(connection.into_owned());
        tokio::spawn(async move {
            if let Err(error) = watched.await {
                tracing::debug!(?error, %peer, "connection ended");
            }
            drop(permit);
        });
    }
    drop(listener);
    let drain = Duration::from_millis(settings.drain_ms);
    if tokio::time::timeout(drain, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests were still running after {} ms and are cut off", settings.drain_ms);
    }
    Ok(())
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
