package dev.moat.sandbox;

import dev.moat.api.host.HostFiles;
import dev.moat.api.mm.MemoryService;
import dev.moat.api.syscall.SyscallTable;
import dev.moat.api.task.TaskService;
import dev.moat.api.vfs.HostDescriptors;
import dev.moat.api.vfs.TerminalFactory;
import dev.moat.api.vfs.VfsService;
import java.util.Optional;

/** The services that one sandbox is built from; a kernel without devices has no terminals. */
record KernelServices(
        MemoryService memory,
        TaskService tasks,
        VfsService vfs,
        SyscallTable syscalls,
        HostFiles hostFiles,
        HostDescriptors hostDescriptors,
        Optional<TerminalFactory> terminals) {}
