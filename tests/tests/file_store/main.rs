//! The file store: the contract, and what it promises beyond it, with processes that are really killed.

mod child;
mod failures;
mod files;
mod processes;
mod scale;
mod support;
mod sweeping;
