//! A script as text and syntax tree.

use aiwatch_contract::windows::SCRIPT_MARK;
use encoding_rs::{UTF_16BE, UTF_16LE, WINDOWS_1252};
use tree_sitter::{Node, Parser, Tree};

use super::{Unreadable, grammar};

/// Largest script that is read. Intune takes 200 KB.
const MAX_BYTES: usize = 1 << 20;
/// Deepest syntax tree that is judged: a level of parentheses is some fifteen levels of the tree.
const MAX_DEPTH: u32 = 4_000;

/// A parsed script.
pub(super) struct Source {
    /// The text, without a byte order mark.
    pub(super) text: String,
    /// How the bytes spell it.
    pub(super) encoding: &'static str,
    /// Whether the packager made it.
    pub(super) ours: bool,
    tree: Tree,
}

impl Source {
    /// Decodes and parses a file.
    pub(super) fn read(bytes: &[u8]) -> Result<Source, Unreadable> {
        if bytes.len() > MAX_BYTES {
            return Err(Unreadable(format!("larger than {MAX_BYTES} bytes, which no script is")));
        }
        let (text, encoding) = decode(bytes);
        if text.contains('\0') {
            return Err(Unreadable("holds NUL characters: not a script".to_owned()));
        }
        Source::parse(text, encoding)
    }

    /// Parses a text.
    pub(super) fn parse(text: String, encoding: &'static str) -> Result<Source, Unreadable> {
        let mut parser = Parser::new();
        parser
            .set_language(&tree_sitter_pwsh::LANGUAGE.into())
            .map_err(|error| Unreadable(format!("the grammar cannot be loaded: {error}")))?;
        let tree = parser
            .parse(grammar::readable(&text), None)
            .ok_or_else(|| Unreadable("parsing did not end".to_owned()))?;
        let ours =
            text.lines().take(3).any(|line| line.trim_start_matches(['#', ' ']).starts_with(SCRIPT_MARK));
        Ok(Source { text, encoding, ours, tree })
    }

    /// Parses a text that is known to be a script, unless nothing can be said of it.
    pub(super) fn of_script(script: &str) -> Option<Source> {
        let source = Source::parse(script.to_owned(), "UTF-8").ok()?;
        (!source.too_deep()).then_some(source)
    }

    /// Whether the script nests deeper than anyone writes. Such a text is not judged further, because rules
    /// look at a node with all that is in it.
    pub(super) fn too_deep(&self) -> bool {
        let mut cursor = self.tree.walk();
        loop {
            if cursor.depth() > MAX_DEPTH {
                return true;
            }
            if cursor.goto_first_child() || cursor.goto_next_sibling() {
                continue;
            }
            loop {
                if !cursor.goto_parent() {
                    return false;
                }
                if cursor.goto_next_sibling() {
                    break;
                }
            }
        }
    }

    /// All nodes, parents before children, without recursion: scripts can nest deeper than a stack.
    pub(super) fn nodes(&self) -> impl Iterator<Item = Node<'_>> {
        descend(self.tree.root_node())
    }

    /// A node's text.
    pub(super) fn of(&self, node: Node<'_>) -> &str {
        self.text.get(node.byte_range()).unwrap_or_default()
    }

    /// Names of the functions that the script defines.
    pub(super) fn functions(&self) -> Vec<&str> {
        self.nodes().filter(|node| node.kind() == "function_name").map(|node| self.of(node)).collect()
    }

    /// Name of the command that a `command` node calls by a bare word, without its module.
    pub(super) fn command_name<'a>(&'a self, command: Node<'_>) -> Option<&'a str> {
        let name = command.child_by_field_name("command_name")?;
        let word = match name.kind() {
            "command_name" => self.of(name),
            _ => {
                let path = name.named_child(0).filter(|child| child.kind() == "path_command_name")?;
                self.of(path)
            }
        };
        let plain = word.chars().all(|c| c.is_ascii_alphanumeric() || "-_.\\:%?".contains(c));
        plain.then(|| word.rsplit('\\').next().unwrap_or(word))
    }

    /// The first letters of a node's text, in lower case.
    pub(super) fn head(&self, node: Node<'_>) -> String {
        self.of(node).trim_start().chars().take(40).collect::<String>().to_ascii_lowercase()
    }
}

/// The parameters and arguments of a `command` node, in order.
pub(super) fn elements(command: Node<'_>) -> Vec<Node<'_>> {
    let elements = command.child_by_field_name("command_elements");
    let all = elements.map(children).unwrap_or_default();
    all.into_iter().filter(|node| node.is_named() && node.kind() != "command_argument_sep").collect()
}

/// The children of a node. Rules look downwards only: a parent is searched for from the root each time.
pub(super) fn children(node: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = node.walk();
    node.children(&mut cursor).collect()
}

/// All nodes below and including one.
pub(super) fn descend(root: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    let mut waiting = vec![root];
    std::iter::from_fn(move || {
        let node = waiting.pop()?;
        let mut cursor = node.walk();
        let from = waiting.len();
        waiting.extend(node.children(&mut cursor));
        if let Some(children) = waiting.get_mut(from..) {
            children.reverse();
        }
        Some(node)
    })
}

/// Line of a node, from 1.
pub(super) fn line(node: Node<'_>) -> u32 {
    u32::try_from(node.start_position().row).unwrap_or(u32::MAX).saturating_add(1)
}

fn decode(bytes: &[u8]) -> (String, &'static str) {
    let utf16 = |rest: &[u8], encoding: &'static encoding_rs::Encoding| {
        encoding.decode_without_bom_handling(rest).0.into_owned()
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => (utf16(rest, UTF_16LE), "UTF-16 LE with BOM"),
        [0xfe, 0xff, rest @ ..] => (utf16(rest, UTF_16BE), "UTF-16 BE with BOM"),
        [0xef, 0xbb, 0xbf, rest @ ..] => (String::from_utf8_lossy(rest).into_owned(), "UTF-8 with BOM"),
        _ if bytes.is_ascii() => (String::from_utf8_lossy(bytes).into_owned(), "ASCII"),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => (text.to_owned(), "UTF-8"),
            Err(_) => (WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(), "a code page"),
        },
    }
}
