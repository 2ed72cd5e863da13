//! What a stub answers: the `tenant.json` of a test case.
//!
//! ```json
//! {
//!   "keys": ["rl_user_sample"],
//!   "answers": [{"path": "/api/v1/hooks/cursor", "when": {"url": "https://a.example"},
//!                "status": 200, "body": {"permission": "allow"}, "delay_s": 0.5}],
//!   "standard": false
//! }
//! ```
//! `keys` are the accepted `x-runlayer-api-key` values, all where it is missing. The first answer counts whose
//! `path` equals and whose `when` holds of the body's top-level values: `status` (200), `body` or `raw`, `headers`,
//! `delay_s` before it, `drop` the connection instead, one byte each `drip_s` until `drip_bytes` are sent, padded
//! with blanks, and `times`, after which the answer is used up. With `standard`, and in a script without `answers`,
//! a working tenant's answer is given to what no answer fits; otherwise that is 404.
//!
//! A working tenant takes further settings: `enrollment_keys` (any), `login_polls` before a login is approved (2),
//! `login_interval` in seconds (1), `allow` (URLs of approved servers), `deny_tools` (names of blocked tools).

use std::time::Duration;

use serde_json::{Map, Value};

/// A script. Changes of it while a stub runs hold from the next request on.
#[derive(Clone, Debug, Default)]
pub struct Script {
    document: Map<String, Value>,
    used: Vec<u64>,
}

/// How one request is answered.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) delay: Duration,
    pub(crate) drop: bool,
    pub(crate) drip: Option<(Duration, usize)>,
}

impl Answer {
    pub(crate) fn json(status: u16, body: &Value) -> Answer {
        let headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
        Answer { status, body: body.to_string().into_bytes(), headers, ..Answer::default() }
    }
}

impl From<Value> for Script {
    fn from(document: Value) -> Script {
        match document {
            Value::Object(document) => Script { document, used: Vec::new() },
            other => panic!("a script is a JSON object, not {other}"),
        }
    }
}

impl Script {
    /// A working tenant.
    pub fn standard() -> Script {
        Script::default()
    }

    /// Reads a script out of a file's text.
    pub fn parse(text: &str) -> Result<Script, String> {
        match serde_json::from_str(text) {
            Ok(Value::Object(document)) => Ok(Script { document, used: Vec::new() }),
            Ok(_) => Err("a script is a JSON object".to_owned()),
            Err(error) => Err(format!("a script is a JSON object: {error}")),
        }
    }

    /// A working tenant that answers one path otherwise.
    pub fn except(path: &str, answer: Value) -> Script {
        let mut answer = answer;
        answer["path"] = path.into();
        Script::from(serde_json::json!({"standard": true, "answers": [answer]}))
    }

    pub(crate) fn is_standard(&self) -> bool {
        match self.document.get("standard").and_then(Value::as_bool) {
            Some(standard) => standard,
            None => !self.document.contains_key("answers"),
        }
    }

    /// Texts of a list; `None` where there is no such list.
    pub(crate) fn texts(&self, name: &str) -> Option<Vec<&str>> {
        Some(self.document.get(name)?.as_array()?.iter().filter_map(Value::as_str).collect())
    }

    pub(crate) fn number(&self, name: &str, absent: u64) -> u64 {
        self.document.get(name).and_then(Value::as_u64).unwrap_or(absent)
    }

    /// The scripted answer to a request, which may use it up.
    pub(crate) fn answer(&mut self, path: &str, body: &Value) -> Option<Answer> {
        let answers = self.document.get("answers")?.as_array()?;
        self.used.resize(answers.len(), 0);
        for (answer, used) in answers.iter().zip(&mut self.used) {
            let spent = answer.get("times").and_then(Value::as_u64).is_some_and(|times| *used >= times);
            if !spent && answer["path"] == path && holds(answer.get("when"), body) {
                *used += 1;
                return Some(scripted(answer));
            }
        }
        None
    }
}

fn holds(when: Option<&Value>, body: &Value) -> bool {
    let Some(when) = when.and_then(Value::as_object) else { return true };
    when.iter().all(|(name, value)| body.get(name) == Some(value))
}

fn scripted(answer: &Value) -> Answer {
    let status = answer.get("status").and_then(Value::as_u64).map_or(200, |status| status as u16);
    let mut made = match (answer.get("raw").and_then(Value::as_str), answer.get("body")) {
        (Some(raw), _) => Answer { status, body: raw.as_bytes().to_vec(), ..Answer::default() },
        (None, Some(body)) => Answer::json(status, body),
        (None, None) => Answer { status, ..Answer::default() },
    };
    let headers = answer.get("headers").and_then(Value::as_object).into_iter().flatten();
    made.headers.extend(headers.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))));
    let seconds = |name| answer.get(name).and_then(Value::as_f64).map(Duration::from_secs_f64);
    made.delay = seconds("delay_s").unwrap_or_default();
    made.drop = answer.get("drop").and_then(Value::as_bool).unwrap_or(false);
    let bytes = answer.get("drip_bytes").and_then(Value::as_u64).unwrap_or(0) as usize;
    made.drip = seconds("drip_s").map(|pause| (pause, bytes));
    made
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_first_answer_that_fits_counts_until_it_is_used_up() {
        let mut script = Script::from(json!({"answers": [
            {"path": "/a", "when": {"url": "x"}, "status": 201},
            {"path": "/a", "status": 202, "times": 1},
            {"path": "/a", "status": 203},
        ]}));
        let mut status = |path, body: Value| script.answer(path, &body).map(|answer| answer.status);
        assert_eq!(status("/a", json!({"url": "x", "more": 1})), Some(201));
        assert_eq!(status("/a", json!({"url": "y"})), Some(202));
        assert_eq!(status("/a", json!("no object")), Some(203));
        assert_eq!(status("/b", Value::Null), None);
        assert!(!script.is_standard() && Script::standard().is_standard());
    }
}
