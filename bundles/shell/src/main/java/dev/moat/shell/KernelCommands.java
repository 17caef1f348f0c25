package dev.moat.shell;

import dev.moat.api.platform.Platform;
import dev.moat.api.syscall.SyscallTable;
import dev.moat.cli.shared.Reports;
import java.util.Comparator;
import java.util.List;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/** What the kernel host has to offer. */
@Component(service = KernelCommands.class)
@GogoCommand(
        scope = "moat",
        function = {"platforms", "syscalls"})
public final class KernelCommands {
    private final SyscallTable table;

    /** Written by declarative services when a platform comes or goes. */
    @Reference(policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY)
    private volatile List<Platform> platforms = List.of();

    @Activate
    public KernelCommands(@Reference SyscallTable table) {
        this.table = table;
    }

    @Descriptor("lists the ways to run guest code and whether this machine has them")
    public void platforms() {
        List<Platform> sorted =
                platforms.stream().sorted(Comparator.comparing(Platform::name)).toList();
        Reports.platforms(sorted).forEach(System.out::println);
    }

    @Descriptor("lists the system calls that this kernel serves")
    public void syscalls(
            @Descriptor("lists those that it does not serve instead")
                    @Parameter(names = "--missing", presentValue = "true", absentValue = "false")
                    boolean missing) {
        (missing ? Reports.missing(table) : Reports.syscalls(table)).forEach(System.out::println);
    }
}
