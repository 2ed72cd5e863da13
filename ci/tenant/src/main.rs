//! The stub tenant as a program: starts, says where in one JSON line, and serves until it is stopped.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use tenant_stub::{Certificate, Options, Script, start_with};

/// A stub tenant for tests and the demo: it speaks the tenant's HTTP API on loopback, by a script, and records
/// every request with the keys in it. A test part, never for a real device.
///
/// Prints one JSON line: {"http", "https", "control", "ca"}. The control port answers GET and DELETE /_requests,
/// GET /_connections and PUT /_script.
#[derive(Debug, Parser)]
#[command(name = "tenant-stub", version)]
struct Arguments {
    /// What to answer, as JSON; a working tenant where it is missing
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,
    /// Appends every request to this file, one JSON document a line
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Writes the certificate of the private CA there
    #[arg(long, value_name = "FILE", default_value = "ca.pem")]
    ca: PathBuf,
    /// Port of plain HTTP; a free one where it is missing
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    http_port: u16,
    /// Port of HTTPS; a free one where it is missing
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    https_port: u16,
    /// Shows a certificate that ended in 2001
    #[arg(long, conflicts_with = "wrong_name")]
    expired: bool,
    /// Shows a certificate for another name
    #[arg(long)]
    wrong_name: bool,
    /// Ends when standard input does, so that it does not outlive what started it
    #[arg(long)]
    until_stdin_ends: bool,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("error: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), String> {
    let script = match &arguments.script {
        None => Script::standard(),
        Some(path) => {
            let told = |reason: String| format!("{}: {reason}", path.display());
            let text = std::fs::read_to_string(path).map_err(|error| told(error.to_string()))?;
            Script::parse(&text).map_err(told)?
        }
    };
    let certificate = match (arguments.expired, arguments.wrong_name) {
        (true, _) => Certificate::Expired,
        (_, true) => Certificate::WrongName,
        _ => Certificate::Valid,
    };
    let options = Options {
        http_port: arguments.http_port,
        https_port: arguments.https_port,
        certificate,
        record: arguments.record.clone(),
    };
    let stub = start_with(script, &options).map_err(|error| error.to_string())?;
    let ca = &arguments.ca;
    std::fs::write(ca, &stub.ca_pem).map_err(|error| format!("{}: {error}", ca.display()))?;
    let mut places = stub.places();
    places["ca"] = ca.display().to_string().into();
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{places}").and_then(|()| stdout.flush()).map_err(|error| error.to_string())?;
    if arguments.until_stdin_ends {
        let mut ignored = Vec::new();
        let _ = std::io::stdin().read_to_end(&mut ignored);
        return Ok(());
    }
    loop {
        std::thread::park();
    }
}
