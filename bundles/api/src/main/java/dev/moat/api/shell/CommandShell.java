package dev.moat.api.shell;

import org.osgi.annotation.versioning.ProviderType;

/** OSGi service of the shell bundle: runs shell commands for somebody who does not type them. */
@ProviderType
public interface CommandShell {
    /**
     * Runs commands in a session of their own, with the standard streams of the kernel host;
     * returns when they ended.
     *
     * @param commands commands in the shell's language, separated by semicolons or newlines
     * @return whether all of them succeeded; a failure was reported on standard error, and the rest
     *     is not run
     */
    boolean execute(String commands);
}
