//! The program itself, as the demo starts it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

fn ask(origin: &str, head: &str, body: &str) -> (String, Value) {
    let mut stream = TcpStream::connect(origin.trim_start_matches("http://")).expect("it listens");
    let length = body.len();
    write!(stream, "{head} HTTP/1.1\r\nContent-Length: {length}\r\nX-Runlayer-Api-Key: k\r\n\r\n{body}")
        .expect("sent");
    stream.shutdown(std::net::Shutdown::Write).expect("done");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    (head.lines().next().unwrap_or_default().to_owned(), serde_json::from_str(body).expect("JSON"))
}

#[test]
fn it_says_where_it_is_records_and_takes_another_script() {
    let folder = std::env::temp_dir().join(format!("tenant-stub-test-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("created");
    let (ca, record) = (folder.join("ca.pem"), folder.join("record.jsonl"));
    let mut child = Command::new(env!("CARGO_BIN_EXE_tenant-stub"))
        .arg("--until-stdin-ends")
        .arg("--ca")
        .arg(&ca)
        .arg("--record")
        .arg(&record)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it started");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
    let places: Value = serde_json::from_str(&line).expect("JSON");
    let (http, control) =
        (places["http"].as_str().expect("http"), places["control"].as_str().expect("control"));
    assert!(places["https"].as_str().is_some_and(|https| https.starts_with("https://localhost:")));
    assert!(std::fs::read_to_string(&ca).expect("there").starts_with("-----BEGIN CERTIFICATE-----"));

    let event = "POST /api/v1/hooks/events";
    assert_eq!(ask(http, event, r#"{"client": "codex"}"#).1, json!({"status": "ingested"}));
    let script = r#"{"answers": [{"path": "/api/v1/hooks/events", "status": 418, "body": {}}]}"#;
    ask(control, "PUT /_script", script);
    assert_eq!(ask(http, event, "{}").0, "HTTP/1.1 418 Stub");
    let (_, requests) = ask(control, "GET /_requests", "");
    assert_eq!(requests.as_array().map(Vec::len), Some(2));
    assert_eq!(requests[0]["body"], json!({"client": "codex"}));
    assert_eq!(std::fs::read_to_string(&record).expect("there").lines().count(), 2);

    drop(child.stdin.take());
    assert!(child.wait().expect("it ended").success());
    std::fs::remove_dir_all(&folder).expect("removed");
}
