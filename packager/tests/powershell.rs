//! The judge of PowerShell: every seeded defect is found, and nothing else is.

use aiwatch_contract::windows::SCRIPT_MARK;
use packager::check::powershell::{command_lines, exit_codes, inspect, validate};
use packager::check::{Finding, Level};
use packager::outputs::scripts::powershell::SCRIPTS;
use proptest::prelude::*;

fn judge(text: &str) -> Vec<Finding> {
    validate("x.ps1", text.as_bytes()).unwrap()
}

fn rules(text: &str) -> Vec<&'static str> {
    judge(text).iter().map(|finding| finding.rule).collect()
}

/// The same text as one of ours, with the line ends of ours.
fn ours(text: &str) -> String {
    format!("# A script.\n# {SCRIPT_MARK}\n{text}\n").replace('\n', "\r\n")
}

/// A defect, the rule that finds it, and its line.
const DEFECTS: &[(&str, &str, u32)] = &[
    ("if ($a) {\n    Get-Date\n", "powershell.syntax", 2),
    ("Get-Date\n}", "powershell.syntax", 2),
    ("if $a { Get-Date }", "powershell.syntax", 1),
    ("if ($a -eq 1 { Get-Date }", "powershell.syntax", 1),
    ("Write-Output 'open", "powershell.syntax", 1),
    ("Write-Output \"open", "powershell.syntax", 1),
    ("Write-Output \"a $(Get-Date\"", "powershell.syntax", 1),
    ("$a = @'\ntext", "powershell.syntax", 1),
    ("$a = @\"text\n\"@", "powershell.syntax", 1),
    ("$a = @{ b = 1", "powershell.syntax", 1),
    ("$a = @(1, 2", "powershell.syntax", 1),
    ("$a = (1 + 2", "powershell.syntax", 1),
    ("$a = 1 +", "powershell.syntax", 1),
    ("$a =", "powershell.syntax", 1),
    ("foreach ($a of $b) { $a }", "powershell.syntax", 1),
    ("foreach $a in $b { $a }", "powershell.syntax", 1),
    ("switch ($a) { 1 exit }", "powershell.syntax", 1),
    ("function { Get-Date }", "powershell.syntax", 1),
    ("param($a,)", "powershell.syntax", 1),
    ("[string $a = 'b'", "powershell.syntax", 1),
    ("$a[0", "powershell.syntax", 1),
    ("<# open", "powershell.syntax", 1),
    ("while { Get-Date }", "powershell.syntax", 1),
    ("do { Get-Date }", "powershell.syntax", 1),
    ("Get-Date |", "powershell.syntax", 1),
    ("try { Get-Date } catch", "powershell.syntax", 1),
    ("$a?.Length", "powershell.syntax", 1),
    ("Get-Date && Get-Host", "powershell.version-7", 1),
    ("Get-Date || exit 1", "powershell.version-7", 1),
    ("$a = $b ? 1 : 2", "powershell.version-7", 1),
    ("$a = $b ?? 1", "powershell.version-7", 1),
    ("$a ??= 1", "powershell.version-7", 1),
    ("#requires -Version 7.2\nGet-Date", "powershell.version-7", 1),
    ("Start-Process notepad.exe &\nGet-Date", "powershell.version-7", 1),
    ("Test-Json -Json '{}'", "powershell.version-7", 1),
    ("try { Get-Date }", "powershell.try", 1),
    ("Get-Date\ncatch { 1 }", "powershell.shell-habit", 2),
    ("$a = try { 1 }\nGet-Date", "powershell.try", 1),
    ("if ($a) { 1 }; else { 2 }", "powershell.shell-habit", 1),
    ("$a = if ($b) { 1 }\nGet-Date\nelse { 2 }", "powershell.shell-habit", 3),
    ("if ($a = Get-Date) { $a }", "powershell.condition-assign", 1),
    ("$f = [Func[[Object], [System.Guid]]]{ 1 }", "powershell.constrained-language", 1),
    ("1 = 2", "powershell.assign-literal", 1),
    ("'a' = $b", "powershell.assign-literal", 1),
    ("Get-Date\nif ($a == 1) { Get-Date }", "powershell.condition-assign", 2),
    ("if ($a = 1) { Get-Date }", "powershell.condition-assign", 1),
    ("while ($a = $b) { Get-Date }", "powershell.condition-assign", 1),
    ("if ($b) { 1 } elseif ($a = 1) { 2 }", "powershell.condition-assign", 1),
    ("Write-Output \"$name: text\"", "powershell.variable-colon", 1),
    ("$a = @\"\n$name: text\n\"@", "powershell.variable-colon", 2),
    ("Get-Content < list.txt", "powershell.redirect-input", 1),
    ("if ($a) { 1 }\nelif ($b) { 2 }", "powershell.shell-habit", 2),
    ("Get-Date\nthen Get-Date", "powershell.shell-habit", 2),
    ("Get-Date\nfi", "powershell.shell-habit", 2),
    ("%ProgramFiles%\\aiwatch.exe", "powershell.shell-habit", 1),
    ("Get-ChildItem -Nmae x", "powershell.unknown-parameter", 1),
    ("Get-Content -Path x -AsByteStream", "powershell.unknown-parameter", 1),
    ("Get-Content x | ConvertFrom-Json -AsHashtable", "powershell.unknown-parameter", 1),
    ("Join-Path a -AdditionalChildPath b", "powershell.unknown-parameter", 1),
    ("1..3 | ForEach-Object -Parallel { $_ }", "powershell.unknown-parameter", 1),
    ("gci -Nmae x", "powershell.unknown-parameter", 1),
    ("Get-Childitems x", "powershell.unknown-command", 1),
    ("Wirte-Output x", "powershell.unknown-command", 1),
    ("sc settings.txt x", "powershell.alias", 1),
    ("Invoke-Expression $text", "powershell.invoke-expression", 1),
    ("$ErrorActionPreference = 'Stop'\nWrite-Error 'x'\nexit 3", "powershell.write-error-exit", 2),
    ("if ($a) { Write-Error 'x'; exit 3 }", "powershell.write-error-exit", 1),
    ("$p = ConvertTo-SecureString 'hunter2' -AsPlainText -Force", "powershell.plain-password", 1),
    ("Get-Date\n$key = 'rl_enroll_0123456789abcdef'", "powershell.secret", 2),
    ("# was: rl_org_0123456789abcdef", "powershell.secret", 1),
    ("[System.Net.Dns]::GetHostName()", "powershell.constrained-language", 1),
    ("Add-Type -AssemblyName System.Web", "powershell.constrained-language", 1),
    ("$a = New-Object System.Net.WebClient", "powershell.constrained-language", 1),
    ("$a = New-Object -ComObject Shell.Application", "powershell.constrained-language", 1),
    ("class A { [string]$B }", "powershell.constrained-language", 1),
    ("enum A { B }", "powershell.constrained-language", 1),
    ("$a = [PSCustomObject]@{ b = 1 }", "powershell.constrained-language", 1),
    ("[Environment]::MachineName", "powershell.constrained-language", 1),
    ("param([System.IO.FileInfo]$File)", "powershell.constrained-language", 1),
    ("Write-Output 'gr\u{fc}n'", "powershell.encoding", 1),
    ("", "powershell.empty", 0),
];

#[test]
fn the_installer_for_one_user_is_sound() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/install.ps1");
    let findings = validate("install.ps1", &std::fs::read(path).unwrap()).unwrap();
    assert!(findings.iter().all(|finding| finding.level == Level::Note), "{findings:?}");
}

#[test]
fn every_seeded_defect_is_found_on_its_line() {
    for (text, rule, line) in DEFECTS {
        let findings = judge(text);
        let found = findings.iter().any(|f| f.rule == *rule && f.line.unwrap_or(0) == *line);
        assert!(found, "{text:?}: no {rule} on line {line} in {findings:?}");
    }
}

/// What may be meant so is told as a note, which makes no check fail.
#[test]
fn a_strangers_script_of_ordinary_style_is_not_condemned() {
    let script = "$ErrorActionPreference = 'Stop'\ntry { $a = [PSCustomObject]@{ b = 1 } }\n\
                  catch {\n    Write-Error \"failed: $_\"\n    exit 1\n}\nWrite-Host 'done'\n";
    let findings = judge(script);
    assert_eq!(findings.len(), 2, "{findings:?}");
    assert!(findings.iter().all(|finding| finding.level == Level::Note), "{findings:?}");
}

/// What only scripts of ours are refused.
const DEFECTS_OF_OURS: &[(&str, &str)] = &[
    ("Write-Host 'x'", "powershell.output"),
    ("Write-Error 'x'", "powershell.output"),
    ("Get-NetAdapter", "powershell.unknown-command"),
    ("notepad", "powershell.unknown-command"),
    ("gci x", "powershell.alias"),
    ("Write-Output 'gr\u{fc}n'", "powershell.encoding"),
    ("[Math]::Max(1, 2)", "powershell.constrained-language"),
];

#[test]
fn a_script_of_ours_is_held_to_more() {
    for (text, rule) in DEFECTS_OF_OURS {
        let findings = judge(&ours(text));
        let found = findings.iter().any(|f| f.rule == *rule && f.level == Level::Error && f.line == Some(3));
        assert!(found, "{text:?}: no {rule} in {findings:?}");
    }
    assert_eq!(rules(&ours("Get-Date").replace("Get-Date\r\n", "Get-Date\n")), ["powershell.line-ends"]);
    let mut marked = vec![0xef, 0xbb, 0xbf];
    marked.extend(ours("Get-Date").into_bytes());
    assert_eq!(validate("x.ps1", &marked).unwrap()[0].rule, "powershell.encoding");
}

/// What looks odd and is right.
const LEGAL: &[&str] = &[
    "if ($a) { 1 }\nelse { 2 }",
    "if ($a)\n{\n    1\n}\nelseif ($b)\n{\n    2\n}\nelse\n{\n    3\n}",
    "$a = if ($b)\n{\n    1\n}\nelse\n{\n    2\n}",
    "$a = if ($b)\n{\n    1\n}\nelseif ($c)\n{\n    2\n}\nelse\n{\n    3\n}",
    "$a = try {\n    1\n}\ncatch {\n    2\n}\nfinally {\n    3\n}",
    "if ($a -cin $b -or $a -cnotin $b) { 1 }",
    ":outer foreach ($a in $b) {\n    foreach ($c in $a) {\n        continue outer\n    }\n    break outer\n}",
    "do { $a } while ($a = $a.Next)",
    "try { Get-Date } finally { Get-Host }",
    "try {\n    Get-Date\n}\ncatch [System.Exception] {\n    exit 1\n}",
    "Write-Output \"${name}: text\"",
    "Write-Output \"$($name): text\"",
    "Write-Output \"$env:TEMP\\x\"",
    "Write-Output \"time 10:30 `$5\"",
    "$a, $b = 1, 2",
    "$script:a = $true",
    "$h = @{ 'a' = 1; b = 2 }\n$h['a'] = 3\n$h.b = 4",
    "if ($a -eq 1 -and -not $b) { Get-Date }",
    "while (($line = Get-Content x -TotalCount 1)) { break }",
    "do { Start-Sleep -Seconds 1 } while ($a)",
    "switch -Regex ($a) {\n    '^x' { 1 }\n    default { 2 }\n}",
    "for ($i = 0; $i -lt 3; $i++) { $i }",
    "1..3 | ForEach-Object { $_ * 2 } | Where-Object { $_ -gt 2 }",
    "Get-Process | Where-Object Name -eq 'x' | Select-Object -First 1",
    "function Get-Thing {\n    [CmdletBinding()]\n    param([Parameter(Mandatory = $true)][string]$Name)\n    process { $Name }\n}\nGet-Thing -Name x",
    "Import-Module Corp\nGet-CorpThing -Anything x",
    "& \"$env:SystemRoot\\System32\\reg.exe\" query HKLM\\Software /reg:64 2>&1",
    "& $exe @arguments\nexit $LASTEXITCODE",
    "reg query HKLM\\Software",
    "notepad.exe /p x",
    "$a = @'\nit's $fine: here\n'@",
    "$a = @\"\nit's \"fine\" $here\n\"@",
    "Get-ChildItem -Path x -Rec -File -Force -ea SilentlyContinue",
    "Get-Content -LiteralPath x -Raw -Encoding UTF8",
    "Get-ItemProperty -Path 'HKLM:\\Software\\X' -Name Y -ErrorAction SilentlyContinue | Out-Null",
    "New-ItemProperty -Path 'HKLM:\\Software\\X' -Name Y -PropertyType DWord -Value 1 -Force > $null",
    "Microsoft.PowerShell.Utility\\Write-Output x",
    "[int]$a = '5'\n[datetime]$b = Get-Date\n$c = [version]'1.2.3'",
    "$a = $b -replace '[-+].*$', ''",
    "Write-Error 'x'\nGet-Date",
    "Get-NetAdapter -Physical",
    "<# a\ncomment #>\nGet-Date # rl_ is how keys begin",
    "Set-ItemProperty -Path x -Name y -Value z -WhatIf",
    "throw 'x'",
    "trap { exit 1 }\nGet-Date",
    "$global:LASTEXITCODE = 1",
    ".\\other.ps1 -Name x",
    "$x = 5; $x--; $x += 2",
    "#requires -Version 5.1\nGet-Date",
    "Write-Output 'a' 'b' `\n    'c'",
];

#[test]
fn nothing_is_found_in_legal_scripts() {
    for text in LEGAL {
        assert_eq!(judge(text), [], "{text}");
        assert_eq!(judge(&text.replace('\n', "\r\n")), [], "{text} with CR LF");
    }
}

#[test]
fn encodings_are_told_apart() {
    let utf16: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain("Write-Output 'gr\u{fc}n'".encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    let utf8 = [b"\xef\xbb\xbf".as_slice(), "Write-Output 'gr\u{fc}n'".as_bytes()].concat();
    for (bytes, encoding) in [(utf16, "UTF-16 LE with BOM"), (utf8, "UTF-8 with BOM")] {
        assert_eq!(validate("x.ps1", &bytes).unwrap(), [], "{encoding}");
        assert_eq!(inspect("x.ps1", &bytes).unwrap()["encoding"], encoding);
    }
    assert_eq!(validate("x.ps1", b"Write-Output 'gr\xfcn'").unwrap()[0].rule, "powershell.encoding");
    assert!(validate("x.ps1", b"MZ\0\0\0").is_err());
    assert!(validate("x.ps1", &vec![b'a'; 2 << 20]).is_err());
}

#[test]
fn a_message_never_repeats_a_key() {
    for text in [
        "$key = 'rl_enroll_0123456789abcdef'",
        "rl_enroll_0123456789abcdef }",
        "Get-Date -rl_enroll_0123456789abcdef",
    ] {
        let findings = judge(text);
        assert!(findings.iter().any(|f| f.rule == "powershell.secret"), "{findings:?}");
        assert!(!format!("{findings:?}").contains("0123456789abcdef"), "{findings:?}");
    }
}

#[test]
fn hostile_texts_end_in_findings() {
    let hostile = [
        "(".repeat(20_000),
        "\"$(".repeat(5_000),
        "if ($a) {".repeat(20_000) + &"}".repeat(20_000),
        "1+".repeat(20_000) + "1",
        "$a = ".repeat(20_000),
        "[a[".repeat(5_000),
        "@\"\n".repeat(5_000),
    ];
    for text in &hostile {
        assert!(!judge(text).is_empty(), "{}", &text[..20]);
        let _ = inspect("x.ps1", text.as_bytes());
        let _ = command_lines(text);
        let _ = exit_codes(text);
    }
}

#[test]
fn the_agents_command_lines_are_found_however_it_is_called() {
    let cases: &[(&str, &[&str])] = &[
        ("aiwatch.exe scan", &["aiwatch", "scan"]),
        ("& 'C:\\Program Files\\X\\aiwatch.exe' bootstrap --user", &["aiwatch", "bootstrap", "--user"]),
        ("$exe = \"$env:ProgramFiles\\X\\aiwatch.exe\"\n& $exe enroll", &["aiwatch", "enroll"]),
        ("$exe = Join-Path $env:ProgramFiles 'X\\aiwatch.exe'\n& $exe enroll 2>&1", &["aiwatch", "enroll"]),
        (
            "$exe = 'aiwatch.exe'\ncmd /c \"`\"$exe`\" setup hooks check --mdm 2>&1\"",
            &["aiwatch", "setup", "hooks", "check", "--mdm"],
        ),
        ("& \"$env:SystemRoot\\System32\\cmd.exe\" /d /c \"aiwatch.exe scan > x\"", &["aiwatch", "scan"]),
    ];
    for (script, words) in cases {
        assert_eq!(command_lines(script), [*words], "{script}");
    }
    assert_eq!(command_lines("notepad.exe x\n$a = 'aiwatch.exe'\ncmd /c dir"), Vec::<Vec<String>>::new());
}

#[test]
fn exit_codes_are_those_returned_and_branched_on() {
    let script = "if ($LASTEXITCODE -eq 7) { exit 3 }\nswitch ($LASTEXITCODE) {\n    4 { exit 1 }\n}\n$a = 99\nexit $LASTEXITCODE";
    assert_eq!(exit_codes(script), [1, 3, 4, 7]);
}

proptest! {
    /// A script of ours with some bytes put in the place of others: judged, whatever comes out.
    #[test]
    fn damaged_scripts_are_judged_and_never_end_the_judge(
        script in 0..SCRIPTS.len(),
        at in any::<prop::sample::Index>(),
        length in 0..200_usize,
        bytes in proptest::collection::vec(any::<u8>(), 0..40),
    ) {
        let mut damaged = SCRIPTS[script].text().unwrap().into_bytes();
        let from = at.index(damaged.len());
        let to = damaged.len().min(from + length);
        damaged.splice(from..to, bytes);
        let read = validate("x.ps1", &damaged);
        prop_assert_eq!(read.is_ok(), inspect("x.ps1", &damaged).is_ok());
        let text = String::from_utf8_lossy(&damaged);
        let _ = (command_lines(&text), exit_codes(&text));
    }
}
