package dev.moat.vfs.calls;

import static dev.moat.abi.Landlock.*;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.MemoryFlags;
import dev.moat.api.landlock.LandlockDomain;
import dev.moat.api.syscall.Support;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.VfsPath;
import dev.moat.vfs.LandlockRuleset;
import dev.moat.vfs.Place;
import dev.moat.vfs.SandboxVfs;
import java.lang.foreign.MemorySegment;

/**
 * {@code landlock_create_ruleset(2)}, {@code landlock_add_rule(2)}, {@code
 * landlock_restrict_self(2)}: security/landlock/syscalls.c.
 */
public final class LandlockCalls {
    /** The interface of Linux 6.15 and later. */
    private static final int ABI_VERSION = 7;

    /** What later versions have mended in this interface is mended here. */
    private static final int ERRATA = 7;

    /** {@code struct landlock_ruleset_attr} without what came after the first version. */
    private static final int SMALLEST_RULESET = 8;

    private static final int RULESET_BYTES = 24;
    private static final int PATH_RULE_BYTES = 12;
    private static final int PORT_RULE_BYTES = 16;

    private static final int NETWORK_RIGHTS =
            LANDLOCK_ACCESS_NET_BIND_TCP | LANDLOCK_ACCESS_NET_CONNECT_TCP;

    private static final int SCOPES = LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | LANDLOCK_SCOPE_SIGNAL;

    private static final int RESTRICT_FLAGS =
            LANDLOCK_RESTRICT_SELF_LOG_SAME_EXEC_OFF
                    | LANDLOCK_RESTRICT_SELF_LOG_NEW_EXEC_ON
                    | LANDLOCK_RESTRICT_SELF_LOG_SUBDOMAINS_OFF;

    @Syscall(nr = 444, name = "landlock_create_ruleset")
    public long createRuleset(Task task, long attributes, long size, int flags) {
        if (flags != 0) {
            if (attributes != 0 || size != 0) {
                throw Errno.EINVAL.exception();
            }
            return switch (flags) {
                case LANDLOCK_CREATE_RULESET_VERSION -> ABI_VERSION;
                case LANDLOCK_CREATE_RULESET_ERRATA -> ERRATA;
                default -> throw Errno.EINVAL.exception();
            };
        }
        MemorySegment wanted = readAttributes(task, attributes, size);
        long files = wanted.get(JAVA_LONG_UNALIGNED, 0);
        long network = wanted.get(JAVA_LONG_UNALIGNED, 8);
        long scopes = wanted.get(JAVA_LONG_UNALIGNED, 16);
        if ((files & ~LandlockRuleset.allFileRights()) != 0
                || (network & ~NETWORK_RIGHTS) != 0
                || (scopes & ~SCOPES) != 0) {
            throw Errno.EINVAL.exception();
        }
        if ((files | network | scopes) == 0) {
            throw Errno.ENOMSG.exception();
        }
        FileDescription ruleset =
                new LandlockRuleset(
                        SandboxVfs.of(task).newAnonymousInode(task),
                        (int) files,
                        (int) network,
                        (int) scopes);
        return task.files().install(task, ruleset, true);
    }

    /** As much as the guest knows of the struct, the rest zero: copy_min_struct_from_user(). */
    private static MemorySegment readAttributes(Task task, long userAddr, long size) {
        if (userAddr == 0) {
            throw Errno.EFAULT.exception();
        }
        if (Long.compareUnsigned(size, SMALLEST_RULESET) < 0) {
            throw Errno.EINVAL.exception();
        }
        if (Long.compareUnsigned(size, MemoryFlags.PAGE_SIZE) > 0) {
            throw Errno.E2BIG.exception();
        }
        byte[] given = task.user().copyIn(userAddr, (int) size);
        for (int i = RULESET_BYTES; i < given.length; i++) {
            if (given[i] != 0) {
                throw Errno.E2BIG.exception();
            }
        }
        byte[] known = new byte[RULESET_BYTES];
        System.arraycopy(given, 0, known, 0, Math.min(given.length, RULESET_BYTES));
        return MemorySegment.ofArray(known);
    }

    @Syscall(
            nr = 445,
            name = "landlock_add_rule",
            support = Support.PARTIAL,
            note = "rules about ports have no effect: there are no IP sockets")
    public long addRule(Task task, int fd, int type, long rule, int flags) {
        Args.checkFlags(flags, 0);
        FileDescription file = Args.file(task, fd);
        try {
            LandlockRuleset ruleset = ruleset(file);
            switch (type) {
                case LANDLOCK_RULE_PATH_BENEATH -> addPath(task, ruleset, rule);
                case LANDLOCK_RULE_NET_PORT -> addPort(task, ruleset, rule);
                default -> throw Errno.EINVAL.exception();
            }
            return 0;
        } finally {
            file.release();
        }
    }

    private static LandlockRuleset ruleset(FileDescription file) {
        if (!(file instanceof LandlockRuleset ruleset)) {
            throw Errno.EBADFD.exception();
        }
        return ruleset;
    }

    private static void addPath(Task task, LandlockRuleset ruleset, long userAddr) {
        MemorySegment rule = MemorySegment.ofArray(task.user().copyIn(userAddr, PATH_RULE_BYTES));
        long rights = rule.get(JAVA_LONG_UNALIGNED, 0);
        if (rights == 0) {
            throw Errno.ENOMSG.exception();
        }
        ruleset.checkFileRights(rights);
        FileDescription parent = task.files().acquire(rule.get(JAVA_INT_UNALIGNED, 8));
        try {
            VfsPath path = parent.path();
            if (path == null || SandboxVfs.of(task).isNameless(Place.of(path))) {
                throw Errno.EBADFD.exception();
            }
            ruleset.allowFile(Place.of(path), (int) rights);
        } finally {
            parent.release();
        }
    }

    private static void addPort(Task task, LandlockRuleset ruleset, long userAddr) {
        MemorySegment rule = MemorySegment.ofArray(task.user().copyIn(userAddr, PORT_RULE_BYTES));
        long rights = rule.get(JAVA_LONG_UNALIGNED, 0);
        long port = rule.get(JAVA_LONG_UNALIGNED, 8);
        if (rights == 0) {
            throw Errno.ENOMSG.exception();
        }
        if ((rights & ~ruleset.handledNetwork()) != 0 || port < 0 || port > 0xffff) {
            throw Errno.EINVAL.exception();
        }
        ruleset.allowPort((int) port, (int) rights);
    }

    @Syscall(nr = 446, name = "landlock_restrict_self")
    public long restrictSelf(Task task, int fd, int flags) {
        Credentials who = task.credentials();
        if (!who.noNewPrivileges() && !who.has(Capabilities.CAP_SYS_ADMIN)) {
            throw Errno.EPERM.exception();
        }
        Args.checkFlags(flags, RESTRICT_FLAGS);
        if (fd == -1 && flags == LANDLOCK_RESTRICT_SELF_LOG_SUBDOMAINS_OFF) {
            // Refusals are written to no log.
            return 0;
        }
        FileDescription file = Args.file(task, fd);
        try {
            LandlockDomain domain = ruleset(file).restrict(who.domain());
            task.setCredentials(who.withDomain(domain));
            return 0;
        } finally {
            file.release();
        }
    }
}
