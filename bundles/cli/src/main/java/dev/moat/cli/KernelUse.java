package dev.moat.cli;

/** What a kernel host is started for; decides which bundles it gets. */
public enum KernelUse {
    /** One command that ends by itself. */
    COMMAND,
    /** Shell commands from the command line: everything, Gogo included, but nobody types. */
    SCRIPT,
    /** The interactive shell. */
    SHELL
}
