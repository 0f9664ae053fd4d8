//! The session and the application that are measured, by the guard as well as by the benchmark in `bench/`.

pub mod data;
pub mod shop;
