package dev.moat.task.process;

import dev.moat.api.cgroup.Cgroup;
import dev.moat.api.mm.MemoryManager;
import dev.moat.api.namespace.Namespaces;
import dev.moat.api.task.Credentials;
import dev.moat.api.vfs.FdTable;
import dev.moat.api.vfs.FsContext;

/**
 * What a new task is made of; one use of each counted part passes to it.
 *
 * @param launch how it gets its registers
 */
record TaskParts(
        MemoryManager memory,
        FdTable files,
        FsContext fs,
        Credentials credentials,
        Namespaces namespaces,
        Cgroup cgroup,
        String name,
        Scheduling scheduling,
        Launch launch) {}
