package dev.moat.task.calls;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.GetrandomFlags;
import dev.moat.abi.Personality;
import dev.moat.abi.Utsname;
import dev.moat.api.host.HostSystem;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.namespace.NamespaceKind;
import dev.moat.api.namespace.UserView;
import dev.moat.api.sandbox.UtsName;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitSuspended;
import dev.moat.task.process.GuestTask;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/**
 * {@code uname(2)}, {@code sethostname(2)}, {@code setdomainname(2)}, {@code personality(2)},
 * {@code getrandom(2)}.
 */
final class SystemCalls {
    /** __NEW_UTS_LEN. */
    private static final int NAME_LIMIT = 64;

    private static final int RANDOM_CHUNK = 4096;

    /** personality(0xffffffff) only asks. */
    private static final int ASK = -1;

    private final HostSystem host;

    SystemCalls(HostSystem host) {
        this.host = host;
    }

    @Syscall(nr = 63, name = "uname")
    long uname(Task task, long nameAddr) {
        UtsName uts = task.uts();
        boolean old = (task.personality() & Personality.UNAME26) != 0;
        MemorySegment struct = Structs.allocate(Utsname.SIZE);
        new Utsname(
                        uts.systemName(),
                        uts.nodeName(),
                        old ? "2.6." + minor(uts.release()) : uts.release(),
                        uts.version(),
                        machine(task, uts),
                        uts.domainName())
                .writeTo(struct, 0);
        Structs.copyOut(task.user(), nameAddr, struct);
        return 0;
    }

    @Syscall(nr = 170, name = "sethostname")
    long sethostname(Task task, long nameAddr, int length) {
        String name = readName(task, nameAddr, length);
        task.uts().setNodeName(name);
        return 0;
    }

    @Syscall(nr = 171, name = "setdomainname")
    long setdomainname(Task task, long nameAddr, int length) {
        String name = readName(task, nameAddr, length);
        task.uts().setDomainName(name);
        return 0;
    }

    @Syscall(nr = 135, name = "personality")
    long personality(Task task, int wanted) {
        GuestTask guest = GuestTask.of(task);
        int old = guest.personality();
        if (wanted != ASK) {
            guest.setPersonality(wanted);
        }
        return Integer.toUnsignedLong(old);
    }

    @Syscall(nr = 318, name = "getrandom")
    long getrandom(Task task, long bufferAddr, long lengthBytes, int flags) {
        int known =
                GetrandomFlags.GRND_NONBLOCK
                        | GetrandomFlags.GRND_RANDOM
                        | GetrandomFlags.GRND_INSECURE;
        int both = GetrandomFlags.GRND_RANDOM | GetrandomFlags.GRND_INSECURE;
        if ((flags & ~known) != 0 || (flags & both) == both) {
            throw Errno.EINVAL.exception();
        }
        IoBuffer buffer = task.user().buffer(bufferAddr, lengthBytes);
        buffer.skip(task.resumption().takeProgress());
        byte[] random = new byte[(int) Math.min(buffer.remaining(), RANDOM_CHUNK)];
        boolean more = true;
        while (more && buffer.remaining() > 0) {
            long chunk = Math.min(buffer.remaining(), random.length);
            host.random(random);
            more =
                    buffer.put(MemorySegment.ofArray(random), 0, chunk) == chunk
                            && !isInterrupted(task, buffer.transferred());
        }
        if (buffer.transferred() == 0 && buffer.faulted()) {
            throw Errno.EFAULT.exception();
        }
        return buffer.transferred();
    }

    private static boolean isInterrupted(Task task, long done) {
        try {
            task.blocker().pause();
        } catch (WaitSuspended e) {
            task.resumption().setProgress(done);
            throw e;
        }
        return task.signals().interruptPending();
    }

    private static String readName(Task task, long nameAddr, int length) {
        UserView owner = task.namespaces().get(NamespaceKind.UTS).owner();
        if (!task.credentials().canIn(owner, Capabilities.CAP_SYS_ADMIN)) {
            throw Errno.EPERM.exception();
        }
        if (length < 0 || length > NAME_LIMIT) {
            throw Errno.EINVAL.exception();
        }
        byte[] bytes = task.user().copyIn(nameAddr, length);
        String name = new String(bytes, StandardCharsets.ISO_8859_1);
        int end = name.indexOf('\0');
        return end < 0 ? name : name.substring(0, end);
    }

    /** kernel/sys.c override_architecture: a 32-bit personality sees i686. */
    private static String machine(Task task, UtsName uts) {
        boolean narrow = (task.personality() & Personality.PER_MASK) == Personality.PER_LINUX32;
        return narrow ? "i686" : uts.machine();
    }

    /** kernel/sys.c override_release: 6.12 is told as 2.6.72, 60 more than the second number. */
    private static int minor(String release) {
        String[] parts = release.split("[.-]", 3);
        try {
            return 60 + Integer.parseInt(parts[1]);
        } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
            return 60;
        }
    }
}
