package dev.moat.shell;

import dev.moat.abi.SyscallNumbers;
import dev.moat.api.mm.VmaInfo;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.sandbox.SandboxManager;
import dev.moat.api.task.Task;
import dev.moat.api.task.ThreadGroup;
import dev.moat.api.vfs.FdTable;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.MountInfo;
import dev.moat.api.vfs.Vfs;
import dev.moat.api.vfs.VfsPath;
import dev.moat.cli.shared.GuestStrings;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Looks into running sandboxes. */
@Component(service = InspectCommands.class)
@GogoCommand(
        scope = "moat",
        function = {"tasks", "mounts", "maps", "fds"})
public final class InspectCommands {
    private static final String TASK_FORMAT = "%-12s %6s %6s %6s %-5s %10s %-16s %s%n";
    private static final int PROT_READ = 1;
    private static final int PROT_WRITE = 2;
    private static final int PROT_EXEC = 4;
    private static final int MAP_SHARED = 1;

    private final Sandboxes sandboxes;

    @Activate
    public InspectCommands(@Reference SandboxManager manager) {
        this.sandboxes = new Sandboxes(manager);
    }

    @Descriptor("lists the threads of sandboxes with what they do")
    public void tasks(
            @Descriptor("names of sandboxes; all of them when none is given") String... names) {
        System.out.printf(
                TASK_FORMAT, "SANDBOX", "PID", "TID", "PPID", "STATE", "CPU", "NAME", "SYSCALL");
        for (Sandbox sandbox : sandboxes.namedOrAll(names)) {
            for (ThreadGroup group : sandbox.tasks().groups()) {
                group.tasks().forEach(task -> print(sandbox, group, task));
            }
        }
    }

    @Descriptor("lists the mounts of a sandbox")
    public void mounts(@Descriptor("name of the sandbox") String name) {
        for (MountInfo mount : sandboxes.named(name).vfs().mounts()) {
            String line =
                    "%3d %3d %-20s %-10s %-20s %s"
                            .formatted(
                                    mount.id(),
                                    mount.parentId(),
                                    mount.mountPoint(),
                                    mount.filesystem().type().name(),
                                    mount.source(),
                                    mount.isReadOnly() ? "ro" : "rw");
            System.out.println(GuestStrings.display(line));
        }
    }

    @Descriptor("lists the memory areas of a process")
    public void maps(
            @Descriptor("name of the sandbox") String name,
            @Descriptor("process id in the sandbox") int pid) {
        Sandbox sandbox = sandboxes.named(name);
        Vfs vfs = sandbox.vfs();
        ThreadGroup group = Sandboxes.process(sandbox, pid);
        for (VmaInfo area : group.leader().memory().collectVmas()) {
            String line =
                    "%012x-%012x %s %8d kB %s"
                            .formatted(
                                    area.start(),
                                    area.end(),
                                    permissions(area),
                                    area.pages().residentBytes() >> 10,
                                    area.named(vfs, vfs.root()).name());
            System.out.println(GuestStrings.display(line).stripTrailing());
        }
    }

    @Descriptor("lists the open files of a process")
    public void fds(
            @Descriptor("name of the sandbox") String name,
            @Descriptor("process id in the sandbox") int pid) {
        Sandbox sandbox = sandboxes.named(name);
        FdTable files = Sandboxes.process(sandbox, pid).leader().files();
        for (int fd : files.collectFds()) {
            FileDescription file = files.tryAcquire(fd);
            if (file == null) {
                continue;
            }
            try {
                VfsPath path = file.path();
                String shown =
                        path == null
                                ? file.anonymousName()
                                : sandbox.vfs().pathOf(path, sandbox.vfs().root());
                String line = "%4d %s %10d %s".formatted(fd, access(file), file.position(), shown);
                System.out.println(GuestStrings.display(line));
            } finally {
                file.release();
            }
        }
    }

    private static void print(Sandbox sandbox, ThreadGroup group, Task task) {
        int syscall = task.currentSyscall();
        Task.CpuTime time = task.cpuTime();
        System.out.printf(
                TASK_FORMAT,
                sandbox.name(),
                group.tgid(),
                task.tid(),
                group.parentTgid(),
                task.state().letter(),
                (time.userNs() + time.systemNs()) / 1_000_000 + "ms",
                GuestStrings.display(task.name()),
                syscall < 0 ? "-" : SyscallNumbers.name(syscall));
    }

    private static String permissions(VmaInfo area) {
        return ((area.prot() & PROT_READ) != 0 ? "r" : "-")
                + ((area.prot() & PROT_WRITE) != 0 ? "w" : "-")
                + ((area.prot() & PROT_EXEC) != 0 ? "x" : "-")
                + ((area.flags() & MAP_SHARED) != 0 ? "s" : "p");
    }

    private static String access(FileDescription file) {
        return (file.isReadable() ? "r" : "-") + (file.isWritable() ? "w" : "-");
    }
}
