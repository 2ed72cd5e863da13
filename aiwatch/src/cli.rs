//! The command line: types and help, nothing else.
