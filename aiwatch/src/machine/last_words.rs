//! The answer of a hook that gets no memory.
//!
//! Rust ends a process for which the system has no more memory, and a client takes that for consent. So the answer
//! for that case is made while there is some, and this allocator says it before the process ends.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

static WORDS: OnceLock<Box<[u8]>> = OnceLock::new();
static ARMED: AtomicBool = AtomicBool::new(false);

/// From here on, this is answered if there is no memory.
pub fn arm(words: String) {
    if WORDS.set(words.into_bytes().into_boxed_slice()).is_ok() {
        ARMED.store(true, Ordering::SeqCst);
    }
}

/// From here on, nothing is answered any more: the answer is out.
pub fn disarm() {
    ARMED.store(false, Ordering::SeqCst);
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
    if pointer.is_null() && ARMED.swap(false, Ordering::SeqCst) {
        end();
    }
    pointer
}

/// Says the words and ends the process, with nothing that needs memory.
#[cfg(unix)]
#[allow(unsafe_code)]
#[cold]
fn end() {
    let words = WORDS.get().map(Box::as_ref).unwrap_or_default();
    // SAFETY: the words are that long; the descriptor need not be open; and the process ends here, with what was
    // decided and without running anything more of ours.
    unsafe {
        libc::write(1, words.as_ptr().cast(), words.len());
        libc::_exit(0)
    }
}

/// The same.
#[cfg(windows)]
#[allow(unsafe_code)]
#[cold]
fn end() {
    use windows_sys::Win32::Storage::FileSystem::WriteFile;
    use windows_sys::Win32::System::Console::{GetStdHandle, STD_OUTPUT_HANDLE};
    use windows_sys::Win32::System::Threading::ExitProcess;
    let words = WORDS.get().map(Box::as_ref).unwrap_or_default();
    let length = u32::try_from(words.len()).unwrap_or_default();
    let mut written = 0;
    // SAFETY: the words are that long, and nothing is asked of the handle but to take them; the process ends here.
    unsafe {
        WriteFile(
            GetStdHandle(STD_OUTPUT_HANDLE),
            words.as_ptr(),
            length,
            &raw mut written,
            std::ptr::null_mut(),
        );
        ExitProcess(0)
    }
}
