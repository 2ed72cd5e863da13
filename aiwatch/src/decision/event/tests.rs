use super::*;
use Host::{ClaudeCode, Codex, Cursor, Hermes};
use UnreadableKind::{After, Before, Permission, Told};

const ALL: [Host; 4] = [Cursor, ClaudeCode, Codex, Hermes];

fn event(host: Host, text: &str) -> HookEvent {
    HookEvent::parse(host, text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error:?}"))
}

/// The tool of a pre-tool event with these arguments.
fn tool(host: Host, name: &str, input: &str) -> Result<Tool, &'static str> {
    let text = format!(r#"{{"hook_event_name":"PreToolUse","tool_name":"{name}","tool_input":{input}}}"#);
    match HookEvent::parse(host, text.as_bytes()) {
        Ok(HookEvent { kind: Kind::PreTool(tool), .. }) => Ok(tool),
        Ok(other) => panic!("{other:?}"),
        Err(Unreadable { reason, kind }) => {
            assert_eq!(kind, Before, "{text}");
            Err(reason)
        }
    }
}

fn refused(host: Host, bytes: &[u8]) -> Option<UnreadableKind> {
    HookEvent::parse(host, bytes).err().map(|error| error.kind)
}

fn utf_16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
    std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(unit).collect()
}

#[test]
fn hosts_have_the_contracts_names() {
    for host in ALL {
        assert_eq!(Host::of(host.id()), Some(host));
    }
    assert_eq!(Host::of("other"), None);
}

#[test]
fn what_stands_around_the_object_is_left_out() {
    let object = r#"{ "hook_event_name": "Stop", "x": "}{\"é" }"#;
    for text in [
        object.to_owned(),
        format!("{object}\n"),
        format!("\u{feff}{object}"),
        format!("n++{object}"),
        format!(" \r\n\t{object} trailing }} bytes"),
        format!("{object}{object}"),
        format!("\u{1b}[0m{object}"),
    ] {
        let read = event(ClaudeCode, &text);
        assert_eq!((read.raw.as_str(), &read.kind), (object, &Kind::Stop), "{text}");
        assert_eq!(read.payload["x"], "}{\"é");
        for bytes in [utf_16(&text, u16::to_le_bytes), utf_16(&text, u16::to_be_bytes)] {
            assert_eq!(HookEvent::parse(ClaudeCode, &bytes).unwrap(), read, "{text}");
        }
    }
    let mut bytes = b"\xff{".to_vec();
    bytes.splice(1.., object.bytes());
    bytes.push(0xff);
    assert_eq!(HookEvent::parse(ClaudeCode, &bytes).unwrap().raw, object, "odd bytes around it do not count");
}

#[test]
fn halves_of_surrogate_pairs_are_read() {
    for (written, read) in [
        (r"\ud83d", "\u{fffd}"),
        (r"x\udc00y", "x\u{fffd}y"),
        (r"\ud83d\ud83d\ude00", "\u{fffd}\u{1f600}"),
        (r"\ud83d\ude00\ud83d", "\u{1f600}\u{fffd}"),
        (r"\ud83d\n\\ud83d\u00e9\ud83d", "\u{fffd}\n\\ud83d\u{e9}\u{fffd}"),
    ] {
        let text = format!(r#"{{"hook_event_name":"Stop","x":"{written}"}}"#);
        let event = event(Codex, &text);
        assert_eq!(event.payload["x"], read, "{written}");
        assert_eq!(event.raw, text, "the tenant gets what the client wrote");
    }
}

#[test]
fn what_is_no_object_is_refused() {
    let deep = format!(r#"{{"hook_event_name":"PreToolUse","x":{}"#, "[".repeat(5000));
    let long = format!(r#"{{"hook_event_name":"PreToolUse","x":"{}"}}"#, "x".repeat(LARGEST));
    let stop = r#"{"hook_event_name":"Stop"}"#;
    let (mut odd, mut half) = (utf_16(stop, u16::to_le_bytes), utf_16(stop, u16::to_be_bytes));
    odd.pop();
    half.extend([0xd8, 0x00]);
    for bytes in [
        b"".as_slice(),
        b" \n",
        b"\xef\xbb\xbf",
        b"null",
        b"\"{}\"",
        b"]",
        b"{",
        b"{}",
        b"{not json",
        b"[{\"hook_event_name\":\"PreToolUse\"}]",
        b"[]",
        b"{\"hook_event_name\":\"PreToolUse\",\"tool_name\":\"\xff\"}",
        b"{\"hook_event_name\":\"PreToolUse\",\"tool_name\":\"Bash\",\"tool_input\":{\"command\":\"l",
        b"{\"hook_event_name\":\"PreToolUse\",\"x\":\"\\u\xff\xff\xff\xff\"}",
        b"{\"hook_event_name\":\"PreToolUse\",\"x\":\"\\ud8",
        b"{\"hook_event_name\":\"PreToolUse\",\"x\":\"\\ud8\xff\xff\"}",
        b"{\"hook_event_name\":\"\"}",
        b"{\"hook_event_name\":null}",
        b"{\"hook_event_name\":7}",
        b"{\"tool_name\":\"Bash\",\"tool_input\":{\"command\":\"ls\"}}",
        b"{\"hook_event_name\":\"Stop\",\"hookEventName\":\"PreToolUse\"}",
        &odd,
        &half,
        deep.as_bytes(),
        long.as_bytes(),
        b"\xff\xfe",
    ] {
        for host in ALL {
            let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(90)]);
            assert_eq!(refused(host, bytes), Some(Before), "{host:?} {shown}");
        }
    }
}

#[test]
fn broken_bytes_still_show_the_event() {
    for (host, text, expected) in [
        (ClaudeCode, r#"{"hook_event_name":"Stop","#, Told),
        (ClaudeCode, r#"{ "hook_event_name" : "Notification", "x"#, Told),
        (ClaudeCode, r#"{"hookEventName":"SessionStart""#, Told),
        (ClaudeCode, r#"{"hook_event_name":"UserPromptSubmit","prompt":"x"#, Told),
        (ClaudeCode, r#"{"a":[{"b":"}"}],"hook_event_name":"SessionEnd","#, Told),
        (ClaudeCode, r#"[{"hook_event_name":"Stop"}]"#, Told),
        (ClaudeCode, r#""hook_event_name":"Stop"}"#, Told),
        (Hermes, r#"{"hook_event_name":"post_tool_call","#, Told),
        (Hermes, r#"{"hook_event_name":"transform_tool_result","#, After),
        (Cursor, r#"{"tool_output":"\"{x","hook_event_name":"postToolUse","#, After),
        (Codex, r#"{"hook_event_name":"PostToolUse","tool_response":"x"#, After),
        (Codex, r#"{"hook_event_name":"PermissionRequest","#, Permission),
        (Codex, r#"{"hook_event_name":"PermissionRequest","hook_event_name":"PreToolUse","#, Before),
        (Codex, r#"{"hook_event_name":"PostToolUse","hook_event_name":"PermissionRequest","#, Permission),
        (ClaudeCode, r#"{"hook_event_name":"PermissionRequest","#, Told),
        (ClaudeCode, r#"{"hook_event_name":"PreToolUse","#, Before),
        (Cursor, r#"{"hook_event_name":"beforeReadFile","#, Before),
        (ClaudeCode, r#"{"hook_event_name":"Unheard","#, Before),
        (ClaudeCode, r#"{"hook_event_name":"Stop"#, Before),
        (ClaudeCode, r#"{"hook_event_name":7,"x":"Stop","#, Before),
        (ClaudeCode, r#"{"x":"hook_event_name","y":"Stop","#, Before),
        (ClaudeCode, r#"{"hook_event_name" "Stop","#, Before),
        (ClaudeCode, r#"{"hook_event_name":{"Stop":1},"x"#, Before),
        (ClaudeCode, r#"{"hook_event_name":"hook_event_name":"Stop","#, Before),
        // Nothing that a call brings along makes an event of it that needs no answer.
        (Cursor, r#"{"tool_input":{"hook_event_name":"Stop"},"hook_event_name":"preToolUse","#, Before),
        (Cursor, r#"{"tool_input":{"hook_event_name":"Stop"},"x"#, Before),
        (Cursor, r#"{"tool_input":"{\"hook_event_name\":\"Stop\"}","x"#, Before),
        (Cursor, r#"{"tool_input":["hook_event_name",{"hook_event_name":"Stop"}],"x"#, Before),
        (Cursor, r#"{"hook_event_name":"stop","hook_event_name":"preToolUse","#, Before),
        (Cursor, r#"{"hook_event_name":"stop","hook_event_name":"postToolUse","#, After),
    ] {
        assert_eq!(refused(host, text.as_bytes()), Some(expected), "{text}");
    }
    let long = format!(r#"{{"hook_event_name":"PostToolUse","x":"{}"}}"#, "x".repeat(LARGEST));
    assert_eq!(refused(Codex, long.as_bytes()), Some(After));
}

#[test]
fn the_largest_call_is_read() {
    let frame = r#"{"hook_event_name":"Stop","x":""}"#.len();
    let text = format!(r#"{{"hook_event_name":"Stop","x":"{}"}}"#, "x".repeat(LARGEST - frame));
    assert_eq!(text.len(), LARGEST);
    assert_eq!(event(Codex, &text).kind, Kind::Stop);
}

#[test]
fn kinds_of_events() {
    let other = |name: &str| Tool::Other(name.to_owned());
    let shell = || Tool::Shell { tool: "Bash".to_owned(), commands: vec!["ls".to_owned()] };
    let bash = r#""tool_name":"Bash","tool_input":{"command":"ls"}"#;
    let list = r#""tool_name":"Bash","tool_input":{"command":["a","b"]}"#;
    let blocked = r#""tool_name":"t","extra":{"status":"blocked"}"#;
    for (host, name, rest, expected) in [
        (Cursor, "beforeMCPExecution", r#""tool_name":"t","tool_input":"{}","url":"u""#, Kind::BeforeMcp),
        (Cursor, "beforeMCPExecution", r#""tool_name":"t","command":null"#, Kind::BeforeMcp),
        (Cursor, "beforeReadFile", r#""file_path":"a""#, Kind::BeforeRead("a".to_owned())),
        (Cursor, "beforeTabFileRead", r#""path":"a""#, Kind::BeforeRead("a".to_owned())),
        (Cursor, "beforeShellExecution", r#""command":"ls""#, Kind::BeforeShell("ls".to_owned())),
        (Codex, "PermissionRequest", bash, Kind::Permission(Some("ls".to_owned()))),
        (Codex, "PermissionRequest", list, Kind::Permission(Some("a\nb\na b".to_owned()))),
        (Codex, "PermissionRequest", r#""tool_name":"apply_patch""#, Kind::Permission(None)),
        (ClaudeCode, "PermissionRequest", bash, Kind::Observed),
        (ClaudeCode, "PostToolUse", bash, Kind::PostTool(shell())),
        (ClaudeCode, "PostToolUseFailure", r#""tool_name":"Bash""#, Kind::PostTool(other("Bash"))),
        (Hermes, "transform_tool_result", r#""tool_name":"t""#, Kind::PostTool(other("t"))),
        (Hermes, "post_tool_call", r#""tool_name":"t","extra":{"status":"ok"}"#, Kind::AfterTool(other("t"))),
        (Hermes, "post_tool_call", blocked, Kind::AfterBlocked),
        (Hermes, "post_tool_call", r#""tool_name":null"#, Kind::Observed),
        (Cursor, "beforeSubmitPrompt", r#""prompt":"x""#, Kind::Prompt),
        (Cursor, "stop", r#""status":"completed""#, Kind::Stop),
        (Cursor, "sessionEnd", r#""reason":"x""#, Kind::SessionEnd),
        (Cursor, "afterMCPExecution", r#""tool_name":"t""#, Kind::Observed),
        (Cursor, "somethingNew", r#""tool_name":7"#, Kind::Unknown),
    ] {
        let event = event(host, &format!(r#"{{"hook_event_name":"{name}",{rest}}}"#));
        assert_eq!((event.kind, event.name.as_str(), event.host), (expected, name, host), "{rest}");
    }
}

#[test]
fn what_is_asked_must_say_about_what() {
    for (host, name, rest, expected) in [
        (ClaudeCode, "PreToolUse", r#""tool_input":{}"#, Before),
        (ClaudeCode, "PreToolUse", r#""tool_name":{"a":1}"#, Before),
        (ClaudeCode, "PreToolUse", r#""tool_name":"""#, Before),
        (ClaudeCode, "PreToolUse", r#""tool_name":"a","toolName":"b""#, Before),
        (ClaudeCode, "PreToolUse", r#""tool_name":"a","tool_input":{},"toolInput":{"a":1}"#, Before),
        (Cursor, "beforeMCPExecution", r#""url":"u""#, Before),
        (Cursor, "beforeMCPExecution", r#""tool_name":"t","url":7"#, Before),
        (Cursor, "beforeMCPExecution", r#""tool_name":"t","command":["x"]"#, Before),
        (Cursor, "beforeMCPExecution", r#""tool_name":"t","mcp_server_name":{}"#, Before),
        (Cursor, "beforeReadFile", r#""content":"x""#, Before),
        (Cursor, "beforeReadFile", r#""file_path":["x"]"#, Before),
        (Cursor, "beforeReadFile", r#""file_path":"x","path":7"#, Before),
        (Cursor, "beforeShellExecution", r#""cwd":"x""#, Before),
        (Cursor, "beforeShellExecution", r#""command":7"#, Before),
        (Codex, "PermissionRequest", r#""tool_input":{}"#, Permission),
        (Codex, "PermissionRequest", r#""tool_name":"Bash","tool_input":{"command":7}"#, Permission),
        (Codex, "PostToolUse", r#""tool_response":"x""#, After),
        (Hermes, "transform_tool_result", r#""tool_name":7"#, After),
    ] {
        let text = format!(r#"{{"hook_event_name":"{name}",{rest}}}"#);
        assert_eq!(refused(host, text.as_bytes()), Some(expected), "{text}");
    }
}

#[test]
fn tools_of_mcp_servers() {
    for (host, names) in [
        (ClaudeCode, "mcp__a__b mcp__plugin_p_s__t"),
        (Codex, "mcp__a__b"),
        (Cursor, "MCP:search mcp__a__b"),
        (Hermes, "mcp__a__b mcp_a_b"),
    ] {
        for name in names.split(' ') {
            let tool = tool(host, name, r#"{"path":7,"command":7}"#).unwrap();
            assert!(tool.is_mcp() && tool.name() == name, "{host:?} {tool:?}");
        }
    }
    for (host, name) in [(ClaudeCode, "mcp_a_b"), (ClaudeCode, "MCP:a"), (Codex, "mcp"), (Cursor, "mcp_a")] {
        assert_eq!(tool(host, name, "{}"), Ok(Tool::Other(name.to_owned())), "{host:?}");
    }
    for name in ["ReadMcpResourceTool", "read_mcp_resource", "FetchMcpResource"] {
        let expected = Tool::McpResource { tool: name.to_owned(), server: "s".to_owned() };
        assert!(expected.is_mcp() && expected.name() == name);
        assert_eq!(tool(Codex, name, r#"{"server":"s","uri":"u"}"#), Ok(expected));
        assert!(tool(Codex, name, r#"{"uri":"u"}"#).is_err(), "{name}");
        assert!(tool(Codex, name, r#"{"server":7}"#).is_err(), "{name}");
    }
    for name in
        ["ListMcpResourcesTool", "list_mcp_resources", "ListMcpResources", "list_mcp_resource_templates"]
    {
        let expected = Tool::McpResource { tool: name.to_owned(), server: "s".to_owned() };
        assert_eq!(tool(ClaudeCode, name, r#"{"server":"s"}"#), Ok(expected));
        assert_eq!(tool(ClaudeCode, name, "{}"), Ok(Tool::Other(name.to_owned())));
        assert_eq!(tool(ClaudeCode, name, r#"{"server":null}"#), Ok(Tool::Other(name.to_owned())));
        assert!(tool(ClaudeCode, name, r#"{"server":[]}"#).is_err());
    }
}

#[test]
fn tools_that_read() {
    for (name, input, expected) in [
        ("Read", r#"{"file_path":"a"}"#, Some("a")),
        ("READ", r#"{"file_path":"a"}"#, Some("a")),
        ("readFile", r#"{"filePath":"a"}"#, Some("a")),
        ("read_file", r#"{"path":"a"}"#, Some("a")),
        ("read_file", r#"{"target_file":"a","path":null}"#, Some("a")),
        ("read_file", r#""{\"path\":\"a\"}""#, Some("a")),
        ("View", r#"{"path":"a","file_path":"b"}"#, Some("b a")),
        ("view_image", r#"{"path":"a.png"}"#, Some("a.png")),
        ("NotebookRead", r#"{"notebook_path":"a"}"#, Some("a")),
        ("Grep", r#"{"pattern":"x"}"#, Some("")),
        ("Grep", r#"{"pattern":"x","path":"a","glob":".env*"}"#, Some("a .env*")),
        ("grep", r#"{"glob":"!.env*","include":"*.ts"}"#, Some("*.ts")),
        ("Grep", r#"{"glob":7}"#, None),
        ("Grep", r#"{"path":["a"]}"#, None),
        ("Read", r#"{"file_path":7}"#, None),
        ("Read", "{}", None),
        ("Read", "null", None),
        ("Read", r#""not json""#, None),
        ("Read", "[]", None),
    ] {
        let expected = expected.map(|paths| Tool::Read {
            tool: name.to_owned(),
            paths: paths.split(' ').filter(|path| !path.is_empty()).map(str::to_owned).collect(),
        });
        let found = tool(Codex, name, input);
        assert!(found.iter().all(|tool| !tool.is_mcp() && tool.name() == name));
        assert_eq!(found.ok(), expected, "{name} {input}");
    }
}

#[test]
fn tools_that_run_commands() {
    for (name, input, expected) in [
        ("Bash", r#"{"command":"ls"}"#, Some("ls")),
        ("bash", r#"{"cmd":"ls"}"#, Some("ls")),
        ("Shell", r#""{\"command\":\"ls\"}""#, Some("ls")),
        ("terminal", r#"{"command":"ls","cmd":"id"}"#, Some("ls|id")),
        ("shell", r#"{"command":["bash","-c","ls"]}"#, Some("bash|-c|ls|bash -c ls")),
        ("exec_command", r#"{"cmd":"ls"}"#, Some("ls")),
        ("run_terminal_cmd", r#"{"command":"ls"}"#, Some("ls")),
        ("runInTerminal", r#"{"command":"ls"}"#, Some("ls")),
        ("PowerShell", r#"{"command":"ls"}"#, Some("ls")),
        ("Bash", r#"{"command":7}"#, None),
        ("Bash", r#"{"command":["ls",7]}"#, None),
        ("Bash", r#"{"command":"ls","cmd":{}}"#, None),
        ("Bash", "{}", None),
        ("Bash", r#"{"command":null}"#, None),
        ("Bash", r#""ls""#, None),
    ] {
        let expected = expected.map(|commands| Tool::Shell {
            tool: name.to_owned(),
            commands: commands.split('|').map(str::to_owned).collect(),
        });
        let found = tool(Hermes, name, input);
        assert!(found.iter().all(|tool| !tool.is_mcp() && tool.name() == name));
        assert_eq!(found.ok(), expected, "{name} {input}");
    }
}

#[test]
fn other_tools() {
    for (name, input, known) in [
        ("Edit", r#"{"file_path":"a"}"#, true),
        ("Write", r#"{"file_path":7}"#, false),
        ("WebFetch", r#"{"url":"u"}"#, true),
        ("apply_patch", r#"{"command":["x"]}"#, true),
        ("ToolSearch", "null", true),
    ] {
        let expected = known.then(|| Tool::Other(name.to_owned()));
        let found = tool(ClaudeCode, name, input);
        assert!(found.iter().all(|tool| !tool.is_mcp() && tool.name() == name));
        assert_eq!(found.ok(), expected, "{name} {input}");
    }
}

#[test]
fn what_events_say_of_themselves() {
    let full = event(
        Cursor,
        r#"{"hook_event_name":"stop","conversation_id":"c","session_id":"s","generation_id":"g","cursor_version":"2",
            "transcript_path":"t","cwd":"w","workspace_roots":["a",7,"b"],"tool_input":"{\"x\":1}"}"#,
    );
    assert!(full.is_cursors());
    assert_eq!((full.conversation_id(), full.generation_id(), full.session()), ("c", "g", "s"));
    assert_eq!((full.transcript_path(), full.cwd()), (Some("t"), Some("w")));
    assert_eq!(full.workspace_roots(), ["a", "b"]);
    assert_eq!(full.tool_input().as_deref(), Some(&serde_json::json!({"x": 1})));

    for (host, rest, ids) in [
        (ClaudeCode, "", ("claude-code", "claude-code", "claude-code")),
        (Codex, r#","session_id":"""#, ("codex", "codex", "codex")),
        (Hermes, r#","session_id":7"#, ("hermes", "hermes", "hermes")),
        (Cursor, r#","chat_id":"h""#, ("h", "h", "h")),
        (Codex, r#","transcript_id":"t","chat_id":"h","message_id":"m""#, ("t", "m", "t")),
        (ClaudeCode, r#","sessionId":"s","toolUseId":"u","request_id":"r""#, ("s", "u", "s")),
    ] {
        let event = event(host, &format!(r#"{{"hookEventName":"Stop","cursor_version":null{rest}}}"#));
        assert_eq!((event.conversation_id(), event.generation_id(), event.session()), ids, "{rest}");
        assert!(!event.is_cursors());
        assert_eq!((event.transcript_path(), event.cwd(), event.tool_input()), (None, None, None));
        assert!(event.workspace_roots().is_empty());
    }
    let object = event(Codex, r#"{"hook_event_name":"Stop","toolInput":{"x":1}}"#);
    assert_eq!(object.tool_input().as_deref(), Some(&serde_json::json!({"x": 1})));
    let twice = event(Codex, r#"{"hook_event_name":"Stop","hookEventName":"Stop"}"#);
    assert_eq!(HookEvent { payload: Value::Null, ..twice }.cwd(), None, "what was not read says nothing");
    for odd in ["7", "null", r#""x""#, "[]"] {
        let odd = event(Codex, &format!(r#"{{"hook_event_name":"Stop","tool_input":{odd}}}"#));
        assert_eq!(odd.tool_input(), None);
    }
}

proptest::proptest! {
    #[test]
    fn no_bytes_are_too_odd(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
        for host in ALL {
            let _ = HookEvent::parse(host, &bytes);
        }
        Completion::default().push(&bytes);
    }

    #[test]
    fn no_text_like_json_is_too_odd(text in r#"[{}\[\]":,\\u0-9a-f ]{0,60}(hook_event_name":"Stop")?[{}":,]{0,9}"#) {
        let read = HookEvent::parse(ClaudeCode, text.as_bytes());
        if let Ok(read) = read {
            proptest::prop_assert!(text.contains(&read.raw));
        }
    }
}
