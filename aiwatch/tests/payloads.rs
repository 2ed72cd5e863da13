//! What real clients sent is understood: each file of `payloads/`, and what becomes of it when bytes of it break.

use std::fs;
use std::path::Path;

use aiwatch::decision::event::{Completion, HookEvent, Host, Kind, Tool, Unreadable, UnreadableKind};
use proptest::prelude::*;

/// The client, the file's name and the text of each payload.
fn payloads() -> Vec<(Host, String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/payloads");
    let mut payloads = Vec::new();
    for (folder, host) in [
        ("claude_code", Host::ClaudeCode),
        ("claude_code-2.1.197", Host::ClaudeCode),
        ("codex", Host::Codex),
        ("cursor", Host::Cursor),
        ("hermes", Host::Hermes),
    ] {
        let mut files: Vec<_> =
            fs::read_dir(root.join(folder)).unwrap().map(|file| file.unwrap().path()).collect();
        files.sort();
        for file in files {
            let name = format!("{folder}/{}", file.file_stem().unwrap().to_str().unwrap());
            payloads.push((host, name, fs::read_to_string(&file).unwrap()));
        }
    }
    payloads
}

/// What is expected of a payload, by its file's name, `<event>.<tool>`.
fn is_expected(host: Host, event: &str, tool: &str, kind: &Kind) -> bool {
    match event {
        "PreToolUse" | "preToolUse" | "pre_tool_call" => {
            matches!(kind, Kind::PreTool(of) if is_tool(tool, of))
        }
        "PostToolUse" | "postToolUse" | "PostToolUseFailure" | "transform_tool_result" => {
            matches!(kind, Kind::PostTool(of) if is_tool(tool, of))
        }
        "post_tool_call" if tool.ends_with(".blocked") => *kind == Kind::AfterBlocked,
        "post_tool_call" => matches!(kind, Kind::AfterTool(of) if is_tool(tool, of)),
        "beforeMCPExecution" => *kind == Kind::BeforeMcp,
        "beforeReadFile" => *kind == Kind::BeforeRead("/people/dev/project/.env".to_owned()),
        "beforeShellExecution" => *kind == Kind::BeforeShell("rm -rf build".to_owned()),
        "UserPromptSubmit" | "beforeSubmitPrompt" | "pre_llm_call" => *kind == Kind::Prompt,
        "Stop" | "stop" | "on_session_finalize" => *kind == Kind::Stop,
        "SessionEnd" | "sessionEnd" | "on_session_end" => *kind == Kind::SessionEnd,
        "PermissionRequest" => host == Host::ClaudeCode && *kind == Kind::Observed,
        _ => *kind == Kind::Observed,
    }
}

fn is_tool(name: &str, tool: &Tool) -> bool {
    match name {
        name if name.starts_with("mcp__") => *tool == Tool::Mcp(name.to_owned()),
        "MCP_search_docs" => *tool == Tool::Mcp("MCP:search_docs".to_owned()),
        "Bash" | "Shell" | "terminal" => matches!(tool, Tool::Shell { commands, .. } if !commands.is_empty()),
        "Read" | "read_file" | "view_image" => matches!(tool, Tool::Read { paths, .. } if paths.len() == 1),
        "Grep" => matches!(tool, Tool::Read { paths, .. } if paths.is_empty()),
        "ReadMcpResourceTool" | "read_mcp_resource" => {
            matches!(tool, Tool::McpResource { server, .. } if server == "shadow")
        }
        name => *tool == Tool::Other(name.to_owned()),
    }
}

#[test]
fn every_payload_is_what_its_name_says() {
    let payloads = payloads();
    assert!(payloads.len() >= 106, "{} payloads", payloads.len());
    for (host, name, text) in payloads {
        let event =
            HookEvent::parse(host, text.as_bytes()).unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert_eq!(event.raw, text.trim(), "{name}");
        let (_, file) = name.split_once('/').unwrap();
        let (named, tool) = file.split_once('.').unwrap_or((file, ""));
        assert_eq!(event.name, named, "{name}");
        assert!(is_expected(host, named, tool, &event.kind), "{name}: {:?}", event.kind);
        assert_eq!(event.is_cursors(), host == Host::Cursor, "{name}");
        assert_ne!(event.session(), host.id(), "{name} names its session");
        if host != Host::Cursor {
            assert_eq!(event.cwd(), Some("/people/dev/project"), "{name}");
        }
    }
}

/// What each kind of event is when it cannot be read.
fn broken(kind: &Kind) -> UnreadableKind {
    match kind {
        Kind::PreTool(_) | Kind::BeforeMcp | Kind::BeforeRead(_) | Kind::BeforeShell(_) => {
            UnreadableKind::Before
        }
        Kind::Unknown => UnreadableKind::Before,
        Kind::Permission(_) => UnreadableKind::Permission,
        Kind::PostTool(_) => UnreadableKind::After,
        _ => UnreadableKind::Told,
    }
}

#[test]
fn every_payload_that_is_cut_off_is_refused_as_what_it_was() {
    for (host, name, text) in payloads() {
        let kind = HookEvent::parse(host, text.as_bytes()).unwrap().kind;
        let end = text.rfind('}').unwrap();
        let cut = HookEvent::parse(host, &text.as_bytes()[..end]);
        assert_eq!(cut.map_err(|Unreadable { kind, .. }| kind), Err(broken(&kind)), "{name}");
        assert!(!Completion::default().push(&text.as_bytes()[..end]), "{name}");
        assert!(Completion::default().push(&text.as_bytes()[..=end]), "{name}");
    }
}

proptest! {
    #[test]
    fn no_broken_payload_panics_or_loses_its_question(
        which in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        bytes in prop::collection::vec(any::<u8>(), 0..4),
        length in 0..4_usize,
    ) {
        let payloads = payloads();
        let (host, _, text) = &payloads[which.index(payloads.len())];
        let mut broken = text.clone().into_bytes();
        let start = at.index(broken.len());
        let end = (start + length).min(broken.len());
        broken.splice(start..end, bytes);
        let mut completion = Completion::default();
        let complete = broken.chunks(7).any(|chunk| completion.push(chunk));
        let read = HookEvent::parse(*host, &broken);
        // Whoever stops reading at the end of the object has read all that counts.
        prop_assert!(complete || read.is_err());
    }
}
