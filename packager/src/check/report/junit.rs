//! JUnit XML, in the form that CI systems share: suites, cases, failures and errors.

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use super::{FileReport, Report, place, printable};
use crate::check::{Finding, Level, rules};

/// The document. No times are in it, since they would differ between runs.
pub(super) fn document(report: &Report) -> String {
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
    // Writing into memory cannot fail, and a text that could not be written would have no reader.
    let _ = write(&mut xml, report);
    let mut text = String::from_utf8(xml.into_inner()).unwrap_or_default();
    text.push('\n');
    text
}

fn write(xml: &mut Writer<Vec<u8>>, report: &Report) -> std::io::Result<()> {
    let totals = report.totals();
    let cases: usize = report.files.iter().map(cases).sum();
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let counts = (cases, totals.errors + totals.warnings, totals.unreadable);
    xml.write_event(Event::Start(suite("testsuites", env!("CARGO_PKG_NAME"), counts)))?;
    for file in &report.files {
        let failures = failures(file).len();
        let counts = (self::cases(file), failures, usize::from(file.outcome.is_err()));
        xml.write_event(Event::Start(suite("testsuite", &printable(&file.path), counts)))?;
        match &file.outcome {
            Ok(_) if failures == 0 => case(xml, file, "valid", None)?,
            Ok(_) => {
                for finding in self::failures(file) {
                    case(xml, file, &name(finding), Some(("failure", finding.rule, &finding.message)))?;
                }
            }
            Err(why) => case(xml, file, "readable", Some(("error", "unreadable", why)))?,
        }
        xml.write_event(Event::End(BytesEnd::new("testsuite")))?;
    }
    xml.write_event(Event::End(BytesEnd::new("testsuites")))
}

/// Cases of a file: one per finding, and one where there is none.
fn cases(file: &FileReport) -> usize {
    failures(file).len().max(1)
}

/// The findings that make a case fail: a note does not.
fn failures(file: &FileReport) -> Vec<&Finding> {
    file.outcome.iter().flatten().filter(|finding| finding.level > Level::Note).collect()
}

fn suite<'a>(
    element: &'a str,
    name: &str,
    (tests, failures, errors): (usize, usize, usize),
) -> BytesStart<'a> {
    let mut start = BytesStart::new(element);
    start.push_attribute(("name", name));
    start.push_attribute(("tests", tests.to_string().as_str()));
    start.push_attribute(("failures", failures.to_string().as_str()));
    start.push_attribute(("errors", errors.to_string().as_str()));
    start
}

fn name(finding: &Finding) -> String {
    let place = place(finding);
    if place.is_empty() { finding.rule.to_owned() } else { format!("{} at {place}", finding.rule) }
}

fn case(
    xml: &mut Writer<Vec<u8>>,
    file: &FileReport,
    name: &str,
    fault: Option<(&str, &str, &str)>,
) -> std::io::Result<()> {
    let mut start = BytesStart::new("testcase");
    start.push_attribute(("classname", file.kind.unwrap_or("file")));
    start.push_attribute(("name", name));
    let Some((element, kind, message)) = fault else {
        return xml.write_event(Event::Empty(start));
    };
    xml.write_event(Event::Start(start))?;
    let mut inner = BytesStart::new(element);
    let message = printable(message);
    inner.push_attribute(("type", kind));
    inner.push_attribute(("message", message.as_str()));
    xml.write_event(Event::Start(inner))?;
    let hint = rules::hint(kind).map_or(String::new(), |hint| format!("\nhint: {hint}"));
    xml.write_event(Event::Text(BytesText::new(&format!("{}: {message}{hint}", printable(&file.path)))))?;
    xml.write_event(Event::End(BytesEnd::new(element)))?;
    xml.write_event(Event::End(BytesEnd::new("testcase")))
}
