//! YAML. For now only what plain block mappings need; the editor that keeps everything takes its place.
#![allow(missing_docs)]

use super::Refusal;

type Line<'a> = (usize, &'a str, &'a str);

fn parse(text: &str) -> Vec<Line<'_>> {
    text.lines()
        .filter_map(|l| {
            let indent = l.len() - l.trim_start().len();
            let (name, value) =
                l.trim().split_once(": ").or_else(|| Some((l.trim().strip_suffix(':')?, "")))?;
            Some((indent, name.trim_matches('"'), value.trim_matches('"')))
        })
        .collect()
}

fn find(text: &str, path: &[&str]) -> Option<(usize, usize)> {
    let lines = parse(text);
    let (mut from, mut to) = (0, lines.len());
    for (depth, name) in path.iter().enumerate() {
        let at = (from..to).find(|i| lines[*i].0 == depth * 2 && lines[*i].1 == *name)?;
        let end = (at + 1..to).find(|i| lines[*i].0 <= depth * 2).unwrap_or(to);
        (from, to) = (at + 1, end);
    }
    Some((from - 1, to))
}

pub fn get(text: &str, path: &[&str]) -> Result<Option<String>, Refusal> {
    Ok(find(text, path).map(|(at, _)| parse(text)[at].2.to_owned()).filter(|value| !value.is_empty()))
}

pub fn keys(text: &str, path: &[&str]) -> Result<Vec<String>, Refusal> {
    let Some((at, end)) = find(text, path) else { return Ok(Vec::new()) };
    let lines = parse(text);
    Ok(lines[at + 1..end].iter().filter(|l| l.0 == path.len() * 2).map(|l| l.1.to_owned()).collect())
}

pub fn set(text: &str, path: &[&str], value: &str) -> Result<String, Refusal> {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let spelled = |depth: usize, value: &str| format!("{}{}:{value}", "  ".repeat(depth), path[depth]);
    let last = path.len() - 1;
    if let Some((at, _)) = find(text, path) {
        lines[at] = spelled(last, &format!(" {value}"));
    } else {
        let known = (1..path.len()).rev().find_map(|n| Some((n, find(text, &path[..n])?.1)));
        let (depth, mut at) = known.unwrap_or((0, lines.len()));
        for d in depth..=last {
            let value = if d == last { format!(" {value}") } else { String::new() };
            lines.insert(at, spelled(d, &value));
            at += 1;
        }
    }
    Ok(lines.join("\n") + "\n")
}

pub fn remove(text: &str, path: &[&str]) -> Result<String, Refusal> {
    let Some((at, end)) = find(text, path) else { return Ok(text.to_owned()) };
    let mut lines: Vec<&str> = text.lines().collect();
    lines.drain(at..end);
    Ok(if lines.is_empty() { String::new() } else { lines.join("\n") + "\n" })
}
