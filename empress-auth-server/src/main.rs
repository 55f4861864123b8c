#![doc = include_str!("../README.md")]

use std::process::ExitCode;

mod cli;
mod config;
mod database;
mod failure;
mod first_start;
mod logging;
mod master_key;
mod output;
mod pages;
mod password_input;
mod private_file;
#[cfg(test)]
mod scratch;
mod serve;

fn main() -> ExitCode {
    cli::main()
}
