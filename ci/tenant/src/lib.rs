//! A stub tenant: the part of the tenant's HTTP API that the agent calls, scripted, recording all it receives.
//!
//! It is a test part. It grants and forgets as its script says, keeps nothing, and records the keys that are sent
//! to it. No release contains it.
//!
//! File by file: `script` says what is answered, `standard` is what a working tenant answers where the script says
//! nothing, `wire` speaks HTTP/1.1 with all the faults that a script asks for, `certificates` is the private CA,
//! `control` lets another process read the record and change the script.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use rustls::{ServerConnection, StreamOwned};
use serde_json::{Value, json};

mod certificates;
mod control;
mod script;
mod standard;
mod wire;

pub use certificates::{Certificate, NAME};
pub use script::Script;

/// Where a stub listens, besides its script. Ports are free ones where none is named.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Port of plain HTTP.
    pub http_port: u16,
    /// Port of HTTPS.
    pub https_port: u16,
    /// What is wrong with the certificate.
    pub certificate: Certificate,
    /// Appends every request to this file, one JSON document a line.
    pub record: Option<PathBuf>,
}

/// A running stub. Its threads end with the process.
#[derive(Clone)]
pub struct Stub {
    /// Origin of plain HTTP: `http://127.0.0.1:port`.
    pub http: String,
    /// Origin of HTTPS: `https://localhost:port`.
    pub https: String,
    /// Origin of the control port: `http://127.0.0.1:port`.
    pub control: String,
    /// The certificate of the private CA.
    pub ca_pem: String,
    shared: Arc<Shared>,
}

/// What all connections share.
pub(crate) struct Shared {
    state: Mutex<State>,
    record: Option<PathBuf>,
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) script: Script,
    pub(crate) requests: Vec<Value>,
    pub(crate) connections: usize,
    pub(crate) keys_given: usize,
    pub(crate) polls: usize,
}

impl Shared {
    /// The state, also after a panic in another connection.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a request.
    pub(crate) fn keep(&self, request: Value) {
        let mut state = self.state();
        if let Some(path) = &self.record {
            let mut line = request.to_string();
            line.push('\n');
            let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
            let written = file.and_then(|mut file| io::Write::write_all(&mut file, line.as_bytes()));
            written.unwrap_or_else(|error| eprintln!("warning: {}: {error}", path.display()));
        }
        state.requests.push(request);
    }
}

/// Starts a stub on free ports.
///
/// # Panics
/// If the machine gives it no port: a test cannot go on without.
pub fn start(script: Script) -> Stub {
    start_with(script, &Options::default()).expect("a stub tenant needs three loopback ports")
}

/// Starts a stub.
pub fn start_with(script: Script, options: &Options) -> io::Result<Stub> {
    let http = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], options.http_port)))?;
    let https = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], options.https_port)))?;
    let control = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
    let authority = certificates::authority(options.certificate).map_err(io::Error::other)?;
    let state = State { script, ..State::default() };
    let shared = Arc::new(Shared { state: Mutex::new(state), record: options.record.clone() });
    let stub = Stub {
        http: format!("http://{}", http.local_addr()?),
        https: format!("https://localhost:{}", https.local_addr()?.port()),
        control: format!("http://{}", control.local_addr()?),
        ca_pem: authority.pem,
        shared: shared.clone(),
    };

    let (origin, with) = (stub.http.clone(), shared.clone());
    listen(http, move |stream| {
        with.state().connections += 1;
        wire::serve(stream, &origin, &with);
    });
    let (origin, with, tls) = (stub.https.clone(), shared.clone(), authority.server);
    listen(https, move |stream| {
        with.state().connections += 1;
        if let Ok(session) = ServerConnection::new(tls.clone()) {
            wire::serve(StreamOwned::new(session, stream), &origin, &with);
        }
    });
    listen(control, move |stream| control::serve(stream, &shared));
    Ok(stub)
}

fn listen(listener: TcpListener, serve: impl Fn(TcpStream) + Clone + Send + 'static) {
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // An answer is written in pieces, and a client should not wait for the clock of the protocol between them.
            let _ = stream.set_nodelay(true);
            let serve = serve.clone();
            thread::spawn(move || serve(stream));
        }
    });
}

impl Stub {
    /// All requests so far: `{method, path, scheme, headers, body}`, the body as JSON or, if it is none, as text.
    pub fn requests(&self) -> Vec<Value> {
        self.shared.state().requests.clone()
    }

    /// The requests to one path.
    pub fn requests_to(&self, path: &str) -> Vec<Value> {
        self.requests().into_iter().filter(|request| request["path"] == path).collect()
    }

    /// How many connections were made, also those that sent nothing.
    pub fn connections(&self) -> usize {
        self.shared.state().connections
    }

    /// Answers by another script from now on.
    pub fn set(&self, script: Script) {
        self.shared.state().script = script;
    }

    /// Forgets all requests and connections.
    pub fn forget(&self) {
        let mut state = self.shared.state();
        state.requests.clear();
        state.connections = 0;
    }

    /// Where it listens, as the program prints it.
    pub fn places(&self) -> Value {
        json!({"http": self.http, "https": self.https, "control": self.control})
    }
}
