package dev.moat.fs.dev;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.Ioctls;
import dev.moat.api.host.HostSystem;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.Inode;
import java.lang.foreign.MemorySegment;

/**
 * {@code /dev/random} and {@code /dev/urandom}: the host's generator. What is written is not mixed
 * in.
 */
@Stateful
final class RandomFile extends MemoryDeviceFile {
    private static final int STEP_BYTES = 4096;

    /** POOL_BITS, drivers/char/random.c: what a seeded generator reports. */
    private static final int POOL_BITS = 256;

    private final HostSystem host;

    RandomFile(HostSystem host, Inode node, int flags) {
        super(node, flags);
        this.host = host;
    }

    @Override
    public long read(Task task, IoBuffer target) {
        long wanted = target.remaining();
        byte[] bytes = new byte[(int) Math.min(wanted, STEP_BYTES)];
        long done = begin(task, target);
        while (done < wanted) {
            host.random(bytes);
            long step = Math.min(bytes.length, wanted - done);
            long moved = target.put(MemorySegment.ofArray(bytes), 0, step);
            done += moved;
            if (moved < step || isInterrupted(task, done)) {
                break;
            }
        }
        return Faults.check(done, wanted, target);
    }

    @Override
    public long write(Task task, IoBuffer source) {
        return discard(source);
    }

    @Override
    public long ioctl(Task task, int command, long argument) {
        return switch (command) {
            case Ioctls.RNDGETENTCNT -> {
                task.user().writeInt(argument, POOL_BITS);
                yield 0;
            }
            case Ioctls.RNDADDTOENTCNT, Ioctls.RNDZAPENTCNT -> {
                if (!task.credentials().can(Capabilities.CAP_SYS_ADMIN)) {
                    throw Errno.EPERM.exception();
                }
                yield 0;
            }
            default -> throw Errno.EINVAL.exception();
        };
    }
}
