//! `empress-auth completions`: a script that completes our commands in a shell.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::Cli;
use crate::failure::Failure;
use crate::output::write_out;

/// For which shell.
#[derive(Args)]
pub(crate) struct CompletionsCommand {
    /// The shell
    shell: Shell,
}

impl CompletionsCommand {
    pub(super) fn run(&self) -> Result<(), Failure> {
        // Into memory first: the generator panics when it cannot write.
        let mut script = Vec::new();
        let mut command = Cli::command();
        let name = command.get_name().to_owned();
        clap_complete::generate(self.shell, &mut command, name, &mut script);
        if self.shell == Shell::Bash {
            // The generator spells a hyphen in the program's name in two ways, and then finds none of its commands
            // (https://github.com/clap-rs/clap/issues/6421).
            let mended =
                String::from_utf8_lossy(&script).replace("empress__subcmd__auth", "empress__auth");
            return write_out(mended.as_bytes());
        }
        write_out(&script)
    }
}
