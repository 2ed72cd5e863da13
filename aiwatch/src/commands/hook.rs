//! `hook`: what an AI client asks around a tool call.

use aiwatch_contract::exit;

use crate::failure::Failure;
use crate::process::Outcome;
use crate::settings::Settings;

/// What cannot be decided is blocked: clients take exit code 2 for a block. Monitoring never blocks.
pub fn hook(settings: &Settings) -> Outcome {
    let blocked = Failure::NotInThisBuild { what: "decide about tool calls" }.outcome();
    if settings.enforcement() { blocked } else { Outcome { exit: exit::SUCCESS, ..blocked } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Layer;

    #[test]
    fn it_blocks_under_enforcement_and_never_while_monitoring() {
        for (settings, exit) in [("{}", 2), ("not settings", 2), (r#"{"Enforcement": false}"#, 0)] {
            let settings = Settings::read(&[Layer::json("test", settings.as_bytes())]);
            let outcome = hook(&settings);
            assert_eq!((outcome.exit, outcome.stdout.as_str()), (exit, ""));
        }
    }
}
