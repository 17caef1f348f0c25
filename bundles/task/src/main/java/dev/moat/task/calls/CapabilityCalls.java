package dev.moat.task.calls;

import dev.moat.abi.CapData;
import dev.moat.abi.CapHeader;
import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Credentials.CapabilitySets;
import dev.moat.api.task.Task;
import dev.moat.task.process.CredentialChange;
import dev.moat.task.process.GuestTask;
import java.lang.foreign.MemorySegment;

/**
 * {@code capget(2)}, {@code capset(2)}. Source: kernel/capability.c, security/commoncap.c
 * cap_capset.
 */
final class CapabilityCalls {
    @Syscall(nr = 125, name = "capget")
    long capget(Task task, long headerAddr, long dataAddr) {
        CapHeader header = readHeader(task, headerAddr);
        int words = words(header.version());
        if (words == 0) {
            writeNewestVersion(task, headerAddr, header);
            if (dataAddr == 0) {
                return 0;
            }
            throw Errno.EINVAL.exception();
        }
        if (dataAddr == 0) {
            // Asked for the version only: the process is not looked for.
            return 0;
        }
        if (header.pid() < 0) {
            throw Errno.EINVAL.exception();
        }
        GuestTask caller = GuestTask.of(task);
        GuestTask target =
                header.pid() == 0 ? caller : caller.services().tree().find(caller, header.pid());
        if (target == null) {
            throw Errno.ESRCH.exception();
        }
        write(task, dataAddr, target.credentials().capabilities(), words);
        return 0;
    }

    @Syscall(nr = 126, name = "capset")
    long capset(Task task, long headerAddr, long dataAddr) {
        CapHeader header = readHeader(task, headerAddr);
        int words = words(header.version());
        if (words == 0) {
            writeNewestVersion(task, headerAddr, header);
            throw Errno.EINVAL.exception();
        }
        if (header.pid() != 0 && header.pid() != task.pids().seen(task.tid())) {
            throw Errno.EPERM.exception();
        }
        MemorySegment data = Structs.copyIn(task.user(), dataAddr, words * CapData.SIZE);
        CapData low = CapData.readFrom(data, 0);
        CapData high = words == 2 ? CapData.readFrom(data, CapData.SIZE) : new CapData(0, 0, 0);
        long effective = join(low.effective(), high.effective());
        long permitted = join(low.permitted(), high.permitted());
        long inheritable = join(low.inheritable(), high.inheritable());
        Credentials old = task.credentials();
        check(old, effective, permitted, inheritable);
        CredentialChange change = new CredentialChange(old);
        CapabilitySets sets = old.capabilities();
        change.capabilities =
                new CapabilitySets(
                        permitted,
                        effective,
                        inheritable,
                        sets.bounding(),
                        sets.ambient() & permitted & inheritable);
        change.apply(GuestTask.of(task));
        return 0;
    }

    private static void check(Credentials old, long effective, long permitted, long inheritable) {
        CapabilitySets sets = old.capabilities();
        long inheritableLimit = sets.inheritable() | sets.bounding();
        if (!old.has(Capabilities.CAP_SETPCAP)) {
            inheritableLimit &= sets.inheritable() | sets.permitted();
        }
        if ((inheritable & ~inheritableLimit) != 0
                || (permitted & ~sets.permitted()) != 0
                || (effective & ~permitted) != 0) {
            throw Errno.EPERM.exception();
        }
    }

    private static CapHeader readHeader(Task task, long addr) {
        return CapHeader.readFrom(Structs.copyIn(task.user(), addr, CapHeader.SIZE), 0);
    }

    private static void writeNewestVersion(Task task, long addr, CapHeader header) {
        MemorySegment struct = Structs.allocate(CapHeader.SIZE);
        new CapHeader(Capabilities._LINUX_CAPABILITY_VERSION_3, header.pid()).writeTo(struct, 0);
        Structs.copyOut(task.user(), addr, struct);
    }

    /** Pairs of words in the data of a version, 0 for an unknown one. */
    private static int words(int version) {
        return switch (version) {
            case Capabilities._LINUX_CAPABILITY_VERSION_1 -> 1;
            case Capabilities._LINUX_CAPABILITY_VERSION_2,
                    Capabilities._LINUX_CAPABILITY_VERSION_3 ->
                    2;
            default -> 0;
        };
    }

    private static void write(Task task, long addr, CapabilitySets sets, int words) {
        MemorySegment struct = Structs.allocate(words * CapData.SIZE);
        for (int i = 0; i < words; i++) {
            int shift = 32 * i;
            new CapData(
                            (int) (sets.effective() >>> shift),
                            (int) (sets.permitted() >>> shift),
                            (int) (sets.inheritable() >>> shift))
                    .writeTo(struct, i * CapData.SIZE);
        }
        Structs.copyOut(task.user(), addr, struct);
    }

    private static long join(int low, int high) {
        return (Integer.toUnsignedLong(low) | (long) high << 32) & Capabilities.ALL;
    }
}
