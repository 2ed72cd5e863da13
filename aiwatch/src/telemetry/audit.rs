//! The log of decisions on a device without a tenant: `~/.runlayer/audit.jsonl`, one JSON object a line.

use std::io::{self, Write};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use aiwatch_contract::{AUDIT_LOG, AUDIT_LOG_BEFORE};
use serde_json::json;

use crate::calendar;
use crate::machine::private::PrivateFolder;

/// Bytes at which the log begins anew; the one before it is kept.
const LARGEST: u64 = 1 << 20;
/// Most characters of a text in a line: a client may send megabytes as a tool's name.
const LONGEST: usize = 1000;
/// Held while the log begins anew, so that two hooks do not do it one after the other.
const LOCK: &str = ".audit-lock";

/// One decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditEntry<'a> {
    /// The client's name in the contract.
    pub client: &'a str,
    /// The event as the client spells it.
    pub event: &'a str,
    /// The tool, if the event is about one.
    pub tool: Option<&'a str>,
    /// The MCP server as it is configured, if one is called.
    pub server: Option<&'a str>,
    /// `allow` or `deny`.
    pub decision: &'a str,
    /// Why, where it is denied.
    pub reason: Option<&'a str>,
}

/// Adds a line, with the time of now in UTC.
pub fn append(home: &Path, entry: &AuditEntry<'_>) -> io::Result<()> {
    append_at(home, entry, SystemTime::now())
}

fn append_at(home: &Path, entry: &AuditEntry<'_>, now: SystemTime) -> io::Result<()> {
    let folder = PrivateFolder::state(home)?;
    let line = line(entry, now);
    let mut log = folder.open_to_append(AUDIT_LOG)?;
    if log.metadata()?.len() + line.len() as u64 > LARGEST {
        begin_anew(&folder, line.len() as u64)?;
        log = folder.open_to_append(AUDIT_LOG)?;
    }
    // One write a line: those of two hooks at once do not mix.
    log.write_all(line.as_bytes())
}

/// Whoever does not get the lock goes on with the file as it is: a few lines too many do no harm.
fn begin_anew(folder: &PrivateFolder, more: u64) -> io::Result<()> {
    let Some(_turn) = folder.lock(LOCK)? else { return Ok(()) };
    let size = folder.open(AUDIT_LOG)?.map_or(Ok(0), |log| log.metadata().map(|metadata| metadata.len()))?;
    if size + more > LARGEST { folder.rename(AUDIT_LOG, AUDIT_LOG_BEFORE) } else { Ok(()) }
}

fn line(entry: &AuditEntry<'_>, now: SystemTime) -> String {
    let short = |text: &str| text.chars().take(LONGEST).collect::<String>();
    let seconds = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let line = json!({
        "time": calendar::timestamp(seconds),
        "client": short(entry.client),
        "event": short(entry.event),
        "tool": entry.tool.map(short),
        "server": entry.server.map(short),
        "decision": short(entry.decision),
        "reason": entry.reason.map(short),
    });
    format!("{line}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const ENTRY: AuditEntry<'_> = AuditEntry {
        client: "codex",
        event: "PreToolUse",
        tool: Some("mcp__shadow__echo"),
        server: Some("shadow"),
        decision: "deny",
        reason: Some("not \"approved\"\nhere"),
    };

    fn text(home: &Path, name: &str) -> String {
        std::fs::read_to_string(home.join(aiwatch_contract::USER_STATE_DIR).join(name)).unwrap_or_default()
    }

    #[test]
    fn a_decision_is_a_line() {
        let home = tempfile::tempdir().unwrap();
        append_at(home.path(), &ENTRY, UNIX_EPOCH + Duration::from_secs(1_790_000_000)).unwrap();
        append(
            home.path(),
            &AuditEntry { tool: None, server: None, reason: None, decision: "allow", ..ENTRY },
        )
        .unwrap();
        let log = text(home.path(), AUDIT_LOG);
        let lines: Vec<&str> = log.lines().collect();
        assert_eq!(
            lines[0],
            r#"{"time":"2026-09-21T14:13:20Z","client":"codex","event":"PreToolUse","tool":"mcp__shadow__echo","server":"shadow","decision":"deny","reason":"not \"approved\"\nhere"}"#
        );
        assert!(lines[1].ends_with(r#""tool":null,"server":null,"decision":"allow","reason":null}"#));
        assert_eq!(lines.len(), 2);
    }

    #[test]
    fn a_full_log_begins_anew_and_one_is_kept() {
        let home = tempfile::tempdir().unwrap();
        let long = "x".repeat(1 << 20);
        let entry = AuditEntry { tool: Some(&long), reason: Some(&long), ..ENTRY };
        let size = line(&entry, SystemTime::now()).len();
        let fit = LARGEST as usize / size;
        for _ in 0..fit {
            append(home.path(), &entry).unwrap();
        }
        assert_eq!(text(home.path(), AUDIT_LOG_BEFORE), "");
        append(home.path(), &entry).unwrap();
        assert_eq!(text(home.path(), AUDIT_LOG_BEFORE).len(), fit * size);
        assert_eq!(text(home.path(), AUDIT_LOG).len(), size);
        for _ in 0..fit {
            append(home.path(), &ENTRY).unwrap();
            append(home.path(), &entry).unwrap();
        }
        assert!(text(home.path(), AUDIT_LOG_BEFORE).len() as u64 <= LARGEST);
    }

    #[test]
    fn hooks_at_once_lose_no_line() {
        let home = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..50).for_each(|_| append(home.path(), &ENTRY).unwrap()));
            }
        });
        let log = text(home.path(), AUDIT_LOG);
        assert_eq!(
            log.lines().filter(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()).count(),
            200
        );
    }
}
