//! What a program says that cannot go on: because the system gives it no memory, or because of a defect of its own.
//!
//! Rust ends both kinds of processes with a signal, and a client takes that for consent. So the answer for that case is
//! made while all is well, and the allocator and the panic hook say it before the process ends. The released agent has
//! no code to unwind a stack with: this is the only guard, and it is a tenth smaller for it.

use std::alloc::{GlobalAlloc, Layout, System};
use std::io::Write;
use std::panic::PanicHookInfo;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

static WORDS: AtomicPtr<Words> = AtomicPtr::new(null_mut());
/// Whether a thread is saying the words.
static ENDING: AtomicBool = AtomicBool::new(false);

/// What is said, and how the process ends.
#[derive(Debug)]
struct Words {
    stdout: Box<[u8]>,
    stderr: Box<[u8]>,
    exit: u8,
}

/// From here on, this is how the process ends if it cannot go on.
///
/// What was armed before stays in memory: someone may be about to say it.
pub fn arm(stdout: String, stderr: String, exit: u8) {
    let (stdout, stderr) = (stdout.into_bytes().into(), stderr.into_bytes().into());
    WORDS.store(Box::into_raw(Box::new(Words { stdout, stderr, exit })), Ordering::SeqCst);
}

/// From here on, a defect ends the process with the last words. Where it happened is told, and nothing else: a message
/// may hold a value.
pub fn listen() {
    std::panic::set_hook(Box::new(|defect: &PanicHookInfo<'_>| {
        if let Some(place) = defect.location() {
            // A reader that went away must not be a second defect.
            let _ = writeln!(std::io::stderr(), "note: {}:{}", place.file(), place.line());
        }
        end();
    }));
}

/// The system's allocator, which says the last words where it has nothing to give.
#[derive(Clone, Copy, Debug)]
pub struct Allocator;

// SAFETY: every call goes to the system's allocator as it is, and what that returns is returned.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are the system's allocator's.
        given(unsafe { System.alloc(layout) })
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: see above.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: see above.
        given(unsafe { System.alloc_zeroed(layout) })
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: see above.
        given(unsafe { System.realloc(pointer, layout, size) })
    }
}

#[inline]
fn given(pointer: *mut u8) -> *mut u8 {
    if pointer.is_null() {
        end();
    }
    pointer
}

/// Says the words and ends the process, with nothing that needs memory. Returns where nothing is armed.
#[allow(unsafe_code)]
#[cold]
fn end() {
    let words = WORDS.load(Ordering::SeqCst);
    // SAFETY: it is null, or a box that was given away for good.
    let Some(words) = (unsafe { words.as_ref() }) else { return };
    while ENDING.swap(true, Ordering::SeqCst) {
        // Another thread is at it, and the process must not end in another way before.
        std::thread::park();
    }
    system::write(false, &words.stdout);
    system::write(true, &words.stderr);
    system::exit(words.exit)
}

#[cfg(unix)]
#[allow(unsafe_code)]
mod system {
    pub(super) fn write(to_stderr: bool, words: &[u8]) {
        // SAFETY: the words are that long, and the descriptor need not be open.
        unsafe { libc::write(1 + i32::from(to_stderr), words.as_ptr().cast(), words.len()) };
    }

    pub(super) fn exit(code: u8) -> ! {
        // SAFETY: the process ends here, with what was decided and without running anything more of ours.
        unsafe { libc::_exit(code.into()) }
    }
}

#[cfg(windows)]
#[allow(unsafe_code)]
mod system {
    use std::ptr::null_mut;

    use windows_sys::Win32::Storage::FileSystem::WriteFile;
    use windows_sys::Win32::System::Console::{GetStdHandle, STD_ERROR_HANDLE, STD_OUTPUT_HANDLE};
    use windows_sys::Win32::System::Threading::ExitProcess;

    pub(super) fn write(to_stderr: bool, words: &[u8]) {
        let stream = if to_stderr { STD_ERROR_HANDLE } else { STD_OUTPUT_HANDLE };
        let length = u32::try_from(words.len()).unwrap_or_default();
        let mut written = 0;
        // SAFETY: the words are that long, and nothing is asked of the handle but to take them.
        unsafe { WriteFile(GetStdHandle(stream), words.as_ptr(), length, &raw mut written, null_mut()) };
    }

    pub(super) fn exit(code: u8) -> ! {
        // SAFETY: the process ends here.
        unsafe { ExitProcess(code.into()) }
    }
}
