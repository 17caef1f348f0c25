package dev.moat.sandbox;

import dev.moat.api.platform.Platform;
import dev.moat.api.sandbox.SubsystemInfo;
import dev.moat.api.vfs.FilesystemType;
import dev.moat.api.vfs.MountInfo;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Which bundle serves which part of a sandbox, from the services that it was built of. */
final class ServedBy {
    private ServedBy() {}

    /**
     * Lists the parts: services first, then families of system calls, then mounted file systems.
     */
    static List<SubsystemInfo> list(
            KernelServices services, Platform platform, List<MountInfo> mounts, long sinceNs) {
        Map<String, Object> parts = new LinkedHashMap<>();
        parts.put("mm", services.memory());
        parts.put("task", services.tasks());
        parts.put("vfs", services.vfs());
        parts.put("syscall", services.syscalls());
        parts.put("platform", platform);
        parts.put("loader", services.loader());
        parts.put("host", services.hostFiles());
        services.terminals().ifPresent(terminals -> parts.put("terminal", terminals));
        services.callProviders()
                .forEach(provider -> parts.putIfAbsent(provider.subsystem(), provider));
        for (MountInfo mount : mounts) {
            FilesystemType type = mount.filesystem().type();
            parts.putIfAbsent("fs:" + type.name(), type);
        }
        return parts.entrySet().stream()
                .map(part -> subsystem(part.getKey(), part.getValue(), sinceNs))
                .toList();
    }

    private static SubsystemInfo subsystem(String name, Object service, long sinceNs) {
        BundleIdentity bundle = BundleIdentity.of(service);
        return new SubsystemInfo(name, bundle.symbolicName(), bundle.version(), sinceNs);
    }
}
