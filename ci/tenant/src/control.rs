//! The control port: `GET /_requests`, `DELETE /_requests`, `GET /_connections`, `PUT /_script`.

use std::net::TcpStream;

use serde_json::{Value, json};

use crate::script::{Answer, Script};
use crate::{Shared, standard, wire};

pub(crate) fn serve(mut stream: TcpStream, shared: &Shared) {
    while let Ok(Some(request)) = wire::read(&mut stream) {
        let mut state = shared.state();
        let answer = match (request.method.as_str(), request.path.as_str(), request.body) {
            ("GET", "/_requests", _) => Answer::json(200, &Value::Array(state.requests.clone())),
            ("DELETE", "/_requests", _) => {
                state.requests.clear();
                Answer::json(200, &json!({}))
            }
            ("GET", "/_connections", _) => Answer::json(200, &json!(state.connections)),
            ("PUT" | "POST", "/_script", script @ Value::Object(_)) => {
                state.script = Script::from(script);
                Answer::json(200, &json!({}))
            }
            _ => standard::refusal(400, "unknown control request"),
        };
        drop(state);
        if wire::write(&mut stream, &answer).is_err() {
            return;
        }
    }
}
