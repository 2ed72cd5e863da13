//! HTTP/1.1 over any stream, written by hand because no server library drips, stalls and drops on demand.

use std::io::{self, Read, Write};
use std::thread;

use serde_json::{Map, Value, json};

use crate::script::Answer;
use crate::{Shared, standard};

/// Most bytes of a request.
const LARGEST: usize = 64 << 20;

/// A request as received.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: Vec<(String, String)>,
    /// JSON, or text where it is none.
    pub(crate) body: Value,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The request as it is recorded.
    fn recorded(&self, origin: &str) -> Value {
        let headers: Map<String, Value> =
            self.headers.iter().map(|(name, value)| (name.to_lowercase(), json!(value))).collect();
        json!({
            "method": self.method, "path": self.path, "query": self.query,
            "scheme": origin.split(':').next(), "headers": headers, "body": self.body,
        })
    }
}

/// Answers the requests of one connection as the script says.
pub(crate) fn serve<S: Read + Write>(mut stream: S, origin: &str, shared: &Shared) {
    while let Ok(Some(request)) = read(&mut stream) {
        shared.keep(request.recorded(origin));
        let answer = {
            let state = &mut *shared.state();
            answer(&request, origin, state)
        };
        thread::sleep(answer.delay);
        if answer.drop || write(&mut stream, &answer).is_err() {
            return;
        }
    }
}

fn answer(request: &Request, origin: &str, state: &mut crate::State) -> Answer {
    let keyless = ["/api/v1/mdm/enroll", "/api/v1/cli/device/authorize", "/api/v1/cli/device/token"];
    if let Some(keys) = state.script.texts("keys")
        && !keyless.contains(&request.path.as_str())
        && !request.header("x-runlayer-api-key").is_some_and(|key| keys.contains(&key))
    {
        return standard::refusal(401, "Invalid API key");
    }
    if let Some(scripted) = state.script.answer(&request.path, &request.body) {
        return scripted;
    }
    match state.script.is_standard() {
        true => standard::answer(request, origin, state),
        false => standard::refusal(404, "Not Found"),
    }
}

/// Reads a request; `None` at the connection's end.
pub(crate) fn read(stream: &mut impl Read) -> io::Result<Option<Request>> {
    let mut bytes = Vec::new();
    loop {
        let mut storage = [httparse::EMPTY_HEADER; 64];
        let mut head = httparse::Request::new(&mut storage);
        if let httparse::Status::Complete(length) = head.parse(&bytes).map_err(io::Error::other)? {
            let mut request = of_head(&head);
            let size = request.header("content-length").and_then(|size| size.parse().ok()).unwrap_or(0);
            while bytes.len() < length + size {
                if !more(stream, &mut bytes)? {
                    return Ok(None);
                }
            }
            let body = &bytes[length..length + size];
            request.body = match serde_json::from_slice(body) {
                Ok(json) => json,
                Err(_) if body.is_empty() => Value::Null,
                Err(_) => String::from_utf8_lossy(body).into(),
            };
            return Ok(Some(request));
        }
        if !more(stream, &mut bytes)? {
            return Ok(None);
        }
    }
}

fn of_head(head: &httparse::Request<'_, '_>) -> Request {
    let target = head.path.unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Request {
        method: head.method.unwrap_or_default().to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers: head.headers.iter().map(|h| (h.name.to_owned(), text(h.value))).collect(),
        body: Value::Null,
    }
}

fn more(stream: &mut impl Read, bytes: &mut Vec<u8>) -> io::Result<bool> {
    let mut buffer = [0; 16 << 10];
    let count = stream.read(&mut buffer)?;
    bytes.extend_from_slice(&buffer[..count]);
    if bytes.len() > LARGEST { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(count > 0) }
}

/// Writes an answer, a byte at a time where it drips.
pub(crate) fn write(stream: &mut impl Write, answer: &Answer) -> io::Result<()> {
    let length = answer.body.len().max(answer.drip.map_or(0, |(_, bytes)| bytes));
    let mut text = format!("HTTP/1.1 {} Stub\r\nContent-Length: {length}\r\n", answer.status);
    for (name, value) in &answer.headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("\r\n");
    stream.write_all(text.as_bytes())?;
    match answer.drip {
        None => stream.write_all(&answer.body)?,
        Some((pause, _)) => {
            let padded = answer.body.iter().copied().chain(std::iter::repeat(b' '));
            for byte in padded.take(length) {
                thread::sleep(pause);
                stream.write_all(&[byte])?;
                stream.flush()?;
            }
        }
    }
    stream.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read_and_an_answer_written() {
        let mut bytes: &[u8] =
            b"POST /a?b=c HTTP/1.1\r\nX-Key: k\r\nContent-Length: 8\r\n\r\n{\"x\": 1}GET /next";
        let request = read(&mut bytes).unwrap().unwrap();
        assert_eq!((request.path.as_str(), request.query.as_str()), ("/a", "b=c"));
        assert_eq!(request.header("x-key"), Some("k"));
        assert_eq!(request.body, json!({"x": 1}));

        let mut written = Vec::new();
        let drip = Some((std::time::Duration::ZERO, 4));
        write(&mut written, &Answer { status: 200, body: b"{}".to_vec(), drip, ..Answer::default() })
            .unwrap();
        assert!(written.ends_with(b"Content-Length: 4\r\n\r\n{}  "));
    }
}
