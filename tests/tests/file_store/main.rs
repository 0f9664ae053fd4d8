//! The file store: the contract, and what it promises beyond it, with processes that are really killed.

#![allow(clippy::print_stdout, reason = "the figures are to be read off a run")]

mod child;
mod failures;
mod files;
mod limits;
mod lock_folder;
mod processes;
mod scale;
mod support;
mod sweeping;
