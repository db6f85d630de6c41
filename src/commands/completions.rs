//! `predio completions`.

use clap::CommandFactory;

/// Print the completion script of a shell.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  source <(predio completions bash)\n  \
                        predio completions zsh > ~/.zfunc/_predio")]
pub struct Completions {
    /// The shell.
    #[arg(value_enum)]
    shell: clap_complete::Shell,
}

pub fn run(arguments: &Completions) {
    clap_complete::generate(
        arguments.shell,
        &mut super::Cli::command(),
        "predio",
        &mut std::io::stdout().lock(),
    );
}
