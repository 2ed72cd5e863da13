//! The commands and programs that the model knows.

use std::collections::BTreeMap;

use tree_sitter::Node;

use super::values::Value;
use super::{Eval, Machine, Stop, Windows, children, run};

impl Machine<'_> {
    pub(super) fn command(&mut self, node: Node<'_>) -> Eval<Value> {
        let name = node.child_by_field_name("command_name").unwrap();
        let elements = node.child_by_field_name("command_elements");
        let mut named: BTreeMap<String, Value> = BTreeMap::new();
        let (mut plain, mut words) = (Vec::new(), Vec::new());
        let mut parameter: Option<String> = None;
        for element in elements.map(children).unwrap_or_default() {
            match element.kind() {
                "command_argument_sep" | "redirection" => continue,
                "command_parameter" => {
                    words.push(self.of(element));
                    parameter = Some(self.of(element).trim_start_matches('-').to_owned());
                    named.insert(parameter.clone().unwrap(), Value::Bool(true));
                }
                "generic_token" => {
                    words.push(self.of(element));
                    let value = Value::Text(self.of(element));
                    parameter
                        .take()
                        .map_or_else(|| plain.push(value.clone()), |p| drop(named.insert(p, value.clone())));
                }
                _ => {
                    let value = self.value(element)?;
                    words.push(value.text());
                    parameter
                        .take()
                        .map_or_else(|| plain.push(value.clone()), |p| drop(named.insert(p, value.clone())));
                }
            }
        }
        if name.kind() == "command_name_expr" {
            let program = self.value(children(name)[0])?.text();
            return self.native(&program, &words);
        }
        self.cmdlet(&self.of(name), &named, &plain)
    }

    fn cmdlet(&mut self, name: &str, named: &BTreeMap<String, Value>, plain: &[Value]) -> Eval<Value> {
        let path = named.get("LiteralPath").or(named.get("Path")).map(Value::text).unwrap_or_default();
        match name {
            "Test-Path" => Ok(Value::Bool(if named.contains_key("PathType") {
                self.windows.files.contains_key(&path)
                    || (self.windows.wow64 && path.contains("\\Sysnative\\"))
            } else {
                self.windows.registry.contains_key(&path)
            })),
            "Get-ItemProperty" => {
                let values = self.windows.registry.get(&path).ok_or(Stop::Error)?;
                Ok(Value::Object(values.iter().map(|(k, v)| (k.clone(), Value::Text(v.clone()))).collect()))
            }
            "Get-Command" => {
                let found = self.windows.on_path.clone().ok_or(Stop::Error)?;
                Ok(Value::Object(BTreeMap::from([("Source".to_owned(), Value::Text(found))])))
            }
            "Get-Content" => {
                let text = self.windows.files.get(&path).ok_or(Stop::Error)?;
                Ok(text.lines().next().map_or(Value::Null, |line| Value::Text(line.to_owned())))
            }
            "Get-Date" if named.contains_key("Format") => {
                Ok(Value::Text(format!("date {}", self.windows.now)))
            }
            "Get-Date" => Ok(Value::Date(self.windows.now)),
            "Set-Content" => {
                self.outcome.written.insert(path, named["Value"].text());
                Ok(Value::Null)
            }
            "New-Item" => Ok(Value::Null),
            "Write-Output" => Ok(plain[0].clone()),
            other => panic!("no command {other} in the model"),
        }
    }

    fn native(&mut self, program: &str, words: &[String]) -> Eval<Value> {
        let file = program.rsplit('\\').next().unwrap_or_default();
        let lines = match file {
            "whoami.exe" => {
                let sid = if self.windows.system { "S-1-5-18" } else { "S-1-5-21-1-2-3-1001" };
                self.variables.insert("lastexitcode".to_owned(), Value::Number(0.0));
                vec![format!("\"some\\account\",\"{sid}\"")]
            }
            "powershell.exe" => {
                assert!(self.windows.wow64 && words.contains(&"C:\\script.ps1".to_owned()));
                let outcome =
                    run(self.script, &Windows { wow64: false, ..self.windows.clone() }, self.starter);
                self.outcome.written.extend(outcome.written);
                self.variables.insert("lastexitcode".to_owned(), Value::Number(outcome.exit as f64));
                outcome.stdout
            }
            _ => {
                let line = words.iter().fold(quoted(program), |line, word| line + " " + &quoted(word));
                let (lines, code) = self.starter.start(&line).ok_or(Stop::Error)?;
                self.variables.insert("lastexitcode".to_owned(), Value::Number(code as f64));
                lines
            }
        };
        Ok(Value::List(lines.into_iter().map(Value::Text).collect()))
    }
}

/// How Windows PowerShell 5.1 puts an argument into a command line: in quotes when there is white space outside
/// of quotes, and with no escape for quotes that are in it (NativeCommandParameterBinder).
fn quoted(argument: &str) -> String {
    let mut quotes = 0;
    let bare = argument.chars().any(|c| {
        quotes += usize::from(c == '"');
        c.is_whitespace() && quotes % 2 == 0
    });
    if bare { format!("\"{argument}\"") } else { argument.to_owned() }
}
