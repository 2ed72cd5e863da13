//! A proxy on the loopback that every name leads to, and that writes down which name and path it was.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::json;
use tenant_stub::{Script, Stub, start};

/// One place that a program went to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Visit {
    pub(crate) scheme: &'static str,
    /// Host and port as the program wrote them.
    pub(crate) authority: String,
    /// The request's target as the program wrote it; none where it asked for a tunnel only.
    pub(crate) path: Option<String>,
}

type Log = Arc<Mutex<Vec<(usize, Visit)>>>;

/// The proxy, and the server behind each tunnel.
pub(crate) struct Recorder {
    pub(crate) address: String,
    stub: Stub,
    log: Log,
}

impl Recorder {
    pub(crate) fn start() -> io::Result<Recorder> {
        let stub = start(Script::except("/", json!({"body": {}})));
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = format!("http://{}", listener.local_addr()?);
        let behind = format!("127.0.0.1:{}", stub.https.rsplit(':').next().unwrap_or_default());
        let log = Log::default();
        let kept = log.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, behind) = (log.clone(), behind.clone());
                thread::spawn(move || serve(stream, &behind, &log));
            }
        });
        Ok(Recorder { address, stub, log: kept })
    }

    /// All places visited since the last call, by the number of the case. What comes through a tunnel is at the
    /// tunnel's end.
    pub(crate) fn visits(&self) -> BTreeMap<usize, Vec<Visit>> {
        let mut visits = BTreeMap::<usize, Vec<Visit>>::new();
        for (case, visit) in self.log.lock().expect("a log").drain(..) {
            visits.entry(case).or_default().push(visit);
        }
        for request in self.stub.requests() {
            let case = request["headers"]["x-case"].as_str().and_then(|case| case.parse().ok());
            let visits = case.and_then(|case| visits.get_mut(&case)).expect("a tunnel of this case");
            let tunnel = visits.iter_mut().find(|visit| visit.scheme == "https" && visit.path.is_none());
            let path = request["path"].as_str().expect("a path");
            tunnel.expect("a tunnel for each request").path = Some(path.to_owned());
        }
        self.stub.forget();
        visits
    }
}

fn serve(mut client: TcpStream, behind: &str, log: &Log) -> Option<()> {
    let head = head(&mut client)?;
    let mut lines = head.lines();
    let mut words = lines.next()?.split(' ');
    let (method, target) = (words.next()?, words.next()?);
    let value = |line: &str| {
        let (name, value) = line.split_once(':')?;
        let ours = ["x-case", "proxy-authorization"].iter().any(|known| name.eq_ignore_ascii_case(known));
        ours.then(|| value.trim().parse().ok()).flatten()
    };
    let case = lines.find_map(value)?;
    let record = |visit| log.lock().expect("a log").push((case, visit));
    if method == "CONNECT" {
        record(Visit { scheme: "https", authority: target.to_owned(), path: None });
        let server = TcpStream::connect(behind).ok()?;
        // Small records go to and fro: none waits for the acknowledgement of the one before.
        client.set_nodelay(true).and(server.set_nodelay(true)).ok()?;
        client.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").ok()?;
        splice(client, server);
        return Some(());
    }
    // A target that is no http address is kept whole, and nothing that is allowed looks like it.
    let rest = target
        .get(..7)
        .filter(|start| start.eq_ignore_ascii_case("http://"))
        .map_or(target, |_| &target[7..]);
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    record(Visit { scheme: "http", authority: rest[..end].to_owned(), path: Some(rest[end..].to_owned()) });
    client.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").ok()
}

/// The request up to the empty line; none where a handshake begins in its place.
fn head(client: &mut TcpStream) -> Option<String> {
    let (mut bytes, mut byte) = (Vec::new(), [0]);
    while !bytes.ends_with(b"\r\n\r\n") {
        client.read_exact(&mut byte).ok()?;
        bytes.push(byte[0]);
        if !bytes[0].is_ascii_alphabetic() {
            return None;
        }
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn splice(client: TcpStream, server: TcpStream) {
    let (Ok(mut from_client), Ok(mut to_server)) = (client.try_clone(), server.try_clone()) else { return };
    thread::spawn(move || {
        let _ = io::copy(&mut from_client, &mut to_server);
        let _ = to_server.shutdown(std::net::Shutdown::Write);
    });
    let (mut from_server, mut to_client) = (server, client);
    let _ = io::copy(&mut from_server, &mut to_client);
    let _ = to_client.shutdown(std::net::Shutdown::Both);
}
