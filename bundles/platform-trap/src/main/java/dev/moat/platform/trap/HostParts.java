package dev.moat.platform.trap;

import dev.moat.api.host.HostFiles;
import dev.moat.api.host.HostMemory;
import dev.moat.api.host.HostNotifications;
import dev.moat.api.host.HostProcesses;

/** The services of the host that a session uses. */
record HostParts(
        HostFiles files,
        HostMemory memory,
        HostProcesses processes,
        HostNotifications notifications) {}
