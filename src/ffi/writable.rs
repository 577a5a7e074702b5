//! Whether a word of memory can be written: definitions may lie in pages that the loader made
//! read-only, and a store there would end the process.
//!
//! The kernel is asked to copy the word onto itself. It does what a store would do, and where that
//! is not allowed it says so.

/// What came of asking.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    Writable,
    ReadOnly,
    /// The system would not say.
    Unknown,
}

/// Whether the word at this address can be written.
///
/// # Safety
/// The word can be read, and nobody writes it meanwhile.
#[cfg(unix)]
pub(crate) unsafe fn ask(address: *mut usize) -> Answer {
    use core::ffi::{c_int, c_void};
    use std::os::fd::AsRawFd;
    use std::os::unix::net::UnixStream;

    unsafe extern "C" {
        fn write(file: c_int, from: *const c_void, count: usize) -> isize;
        fn read(file: c_int, to: *mut c_void, count: usize) -> isize;
    }

    let word = size_of::<usize>();
    let Ok((near, far)) = UnixStream::pair() else {
        return Answer::Unknown;
    };
    // SAFETY: two open sockets; the kernel copies one word that the caller vouches for, and checks
    // for itself whether it may be written.
    unsafe {
        if write(near.as_raw_fd(), address.cast(), word) != word as isize {
            return Answer::Unknown;
        }
        if read(far.as_raw_fd(), address.cast(), word) == word as isize {
            Answer::Writable
        } else if std::io::Error::last_os_error().kind() == std::io::ErrorKind::Interrupted {
            Answer::Unknown
        } else {
            Answer::ReadOnly
        }
    }
}

/// Whether the word at this address can be written.
///
/// # Safety
/// The word can be read, and nobody writes it meanwhile.
#[cfg(windows)]
pub(crate) unsafe fn ask(address: *mut usize) -> Answer {
    use core::ffi::c_void;
    use core::mem::MaybeUninit;

    #[repr(C)]
    struct Region {
        base: *mut c_void,
        allocation: *mut c_void,
        first_protection: u32,
        #[cfg(target_pointer_width = "64")]
        partition: u16,
        size: usize,
        state: u32,
        protection: u32,
        kind: u32,
    }

    #[link(name = "kernel32")]
    unsafe extern "system" {
        fn VirtualQuery(address: *const c_void, region: *mut Region, size: usize) -> usize;
    }

    // Readable and writable, copied on write, and both with execution.
    const WRITABLE: u32 = 0x04 | 0x08 | 0x40 | 0x80;
    let mut region = MaybeUninit::<Region>::uninit();
    // SAFETY: the function fills the struct, whose size it is given, and says how much it filled.
    unsafe {
        if VirtualQuery(address.cast(), region.as_mut_ptr(), size_of::<Region>()) == 0 {
            return Answer::Unknown;
        }
        if region.assume_init_ref().protection & WRITABLE != 0 {
            Answer::Writable
        } else {
            Answer::ReadOnly
        }
    }
}

/// Whether the word at this address can be written.
///
/// # Safety
/// None here: where there is no way to ask, nothing is known.
#[cfg(not(any(unix, windows)))]
pub(crate) unsafe fn ask(_address: *mut usize) -> Answer {
    Answer::Unknown
}
