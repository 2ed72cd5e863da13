//! Opens a page in the user's browser.

#[cfg(unix)]
use std::process::{Command, Stdio};

use url::Url;

/// Opens a page, and says whether something was started for it. Only web pages: the address is another machine's
/// word, and systems open anything.
pub fn open(page: &str) -> bool {
    match Url::parse(page) {
        Ok(url) if matches!(url.scheme(), "https" | "http") => start(url.as_str()),
        _ => false,
    }
}

#[cfg(target_os = "macos")]
fn start(page: &str) -> bool {
    quietly(Command::new("/usr/bin/open").arg(page))
}

/// Not by `cmd /c start`, which would read `&` in the address as its own.
#[cfg(windows)]
#[allow(unsafe_code)]
fn start(page: &str) -> bool {
    use windows_sys::Win32::UI::Shell::ShellExecuteW;
    use windows_sys::Win32::UI::WindowsAndMessaging::SW_SHOWNORMAL;

    let page: Vec<u16> = page.encode_utf16().chain([0]).collect();
    let null = std::ptr::null();
    // SAFETY: the address ends with NUL and outlives the call; all else may be null.
    let result =
        unsafe { ShellExecuteW(std::ptr::null_mut(), null, page.as_ptr(), null, null, SW_SHOWNORMAL) };
    // Its documentation: "greater than 32" is success, whatever its type says.
    result as usize > 32
}

#[cfg(all(unix, not(target_os = "macos")))]
fn start(page: &str) -> bool {
    quietly(Command::new("xdg-open").arg(page))
}

/// The browser must not write between our lines. It is not waited for: some run until they are closed.
#[cfg(unix)]
fn quietly(command: &mut Command) -> bool {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().is_ok()
}
