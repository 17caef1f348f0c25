package dev.moat.host;

import dev.moat.api.host.HostFiles;
import dev.moat.api.host.HostMemory;
import dev.moat.api.host.HostNotifications;
import dev.moat.api.host.HostProcesses;
import dev.moat.api.host.HostSystem;
import dev.moat.api.host.HostTerminal;

/** All host services on one native library: for plain Java without a framework: tests and tools. */
public record HostServices(
        HostFiles files,
        HostMemory memory,
        HostProcesses processes,
        HostSystem system,
        HostTerminal terminal,
        HostNotifications notifications) {
    /** Loads the native library. */
    public static HostServices create() {
        HostContext context = HostContext.create();
        return new HostServices(
                new JnrHostFiles(context),
                new JnrHostMemory(context),
                new JnrHostProcesses(context),
                new JnrHostSystem(context),
                new JnrHostTerminal(context),
                new JnrHostNotifications(context));
    }
}
