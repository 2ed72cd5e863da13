//! A proxy that connects every tunnel to one place and keeps the lines it was asked with.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

pub(crate) struct Proxy {
    pub(crate) address: String,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    pub(crate) fn asked(&self) -> Vec<String> {
        self.lines.lock().expect("no panic").clone()
    }
}

pub(crate) fn start(target: &str) -> Proxy {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let lines = Arc::new(Mutex::new(Vec::new()));
    let (kept, target) = (lines.clone(), target.to_owned());
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let (kept, target) = (kept.clone(), target.clone());
            thread::spawn(move || tunnel(client, &target, &kept));
        }
    });
    Proxy { address, lines }
}

fn tunnel(mut client: TcpStream, target: &str, kept: &Mutex<Vec<String>>) -> Option<()> {
    let mut reader = BufReader::new(client.try_clone().ok()?);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    kept.lock().ok()?.push(line.trim().to_owned());
    while line.trim() != "" {
        line.clear();
        reader.read_line(&mut line).ok()?;
    }
    let mut server = TcpStream::connect(target).ok()?;
    client.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").ok()?;
    let (mut from, mut to) = (server.try_clone().ok()?, client.try_clone().ok()?);
    thread::spawn(move || std::io::copy(&mut from, &mut to));
    std::io::copy(&mut reader, &mut server).ok().map(drop)
}
