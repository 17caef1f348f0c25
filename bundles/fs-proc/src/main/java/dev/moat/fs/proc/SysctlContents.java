package dev.moat.fs.proc;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.VfsSettings;
import java.util.Map;
import java.util.TreeMap;

/**
 * {@code /proc/sys}: limits and names that programs look at; host and domain name and what {@link
 * VfsSettings} has can be written.
 */
final class SysctlContents {
    /** kernel/seccomp.c seccomp_actions_avail, but for allow. */
    private static final String SECCOMP_ACTIONS =
            "kill_process kill_thread trap errno user_notif trace log";

    private SysctlContents() {}

    static Map<String, Content> all() {
        Map<String, Content> contents = new TreeMap<>();
        kernel(contents);
        value(contents, "fs/file-max", "9223372036854775807");
        contents.put(
                "fs/file-nr",
                (proc, reader) -> OpenFiles.count(proc.sandbox()) + "\t0\t9223372036854775807\n");
        for (VfsSettings.Setting setting : VfsSettings.Setting.values()) {
            contents.put(setting.path(), new NumberSetting(setting));
        }
        value(contents, "fs/epoll/max_user_watches", "1048576");
        value(contents, "fs/overflowuid", "65534");
        value(contents, "fs/overflowgid", "65534");
        value(contents, "vm/overcommit_memory", "1");
        value(contents, "vm/overcommit_ratio", "50");
        contents.put("vm/drop_caches", new DropCaches());
        value(contents, "vm/mmap_min_addr", "65536");
        value(contents, "vm/swappiness", "0");
        for (HugePageSetting.Kind kind : HugePageSetting.Kind.values()) {
            contents.put("vm/" + kind.fileName(), new HugePageSetting(kind));
        }
        return contents;
    }

    private static void kernel(Map<String, Content> contents) {
        contents.put("kernel/hostname", new UtsSetting(true));
        contents.put("kernel/domainname", new UtsSetting(false));
        contents.put("kernel/osrelease", (proc, reader) -> proc.sandbox().uts().release() + "\n");
        contents.put("kernel/ostype", (proc, reader) -> proc.sandbox().uts().systemName() + "\n");
        contents.put("kernel/version", (proc, reader) -> proc.sandbox().uts().version() + "\n");
        contents.put("kernel/random/boot_id", (proc, reader) -> proc.facts().bootId() + "\n");
        contents.put("kernel/random/uuid", (proc, reader) -> proc.facts().randomUuid() + "\n");
        value(contents, "kernel/random/entropy_avail", "256");
        value(contents, "kernel/random/poolsize", "256");
        contents.put("kernel/ns_last_pid", new LastPid());
        contents.put("kernel/threads-max", new ThreadsMax());
        value(contents, "kernel/ngroups_max", "65536");
        value(contents, "kernel/cap_last_cap", Integer.toString(Capabilities.CAP_LAST_CAP));
        contents.put("kernel/core_pattern", new CorePattern());
        contents.put("kernel/core_uses_pid", new CoreUsesPid());
        contents.put("kernel/printk", PrintkSetting.LEVELS);
        contents.put("kernel/printk_devkmsg", PrintkSetting.USER_MESSAGES);
        contents.put("kernel/dmesg_restrict", PrintkSetting.RESTRICTION);
        value(contents, "kernel/randomize_va_space", "2");
        value(contents, "kernel/overflowuid", "65534");
        value(contents, "kernel/overflowgid", "65534");
        value(contents, "kernel/sched_rt_period_us", "1000000");
        value(contents, "kernel/tainted", "0");
        value(contents, "kernel/seccomp/actions_avail", SECCOMP_ACTIONS + " allow");
        value(contents, "kernel/seccomp/actions_logged", SECCOMP_ACTIONS);
    }

    private static void value(Map<String, Content> contents, String path, String value) {
        contents.put(path, (proc, reader) -> value + "\n");
    }

    /** The node or domain name: written by who has CAP_SYS_ADMIN, as sethostname(2). */
    private record UtsSetting(boolean node) implements Content {
        @Override
        public boolean isWritable() {
            return true;
        }

        @Override
        public String render(ProcFilesystem proc, Task reader) {
            return (node ? reader.uts().nodeName() : reader.uts().domainName()) + "\n";
        }

        @Override
        public void accept(ProcFilesystem proc, Task writer, String value) {
            if (!writer.credentials().can(Capabilities.CAP_SYS_ADMIN)) {
                throw Errno.EPERM.exception();
            }
            String name = value.strip();
            if (name.length() > 64) {
                throw Errno.EINVAL.exception();
            }
            if (node) {
                writer.uts().setNodeName(name);
            } else {
                writer.uts().setDomainName(name);
            }
        }
    }
}
