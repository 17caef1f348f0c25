package dev.moat.vfs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.moat.abi.Bpf;
import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.api.cgroup.DeviceAttachment;
import dev.moat.api.cgroup.DeviceProgram;
import dev.moat.api.cgroup.DeviceRules;
import dev.moat.api.cgroup.DeviceUse;
import dev.moat.api.cgroup.StepBudget;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.Vfs.Follow;
import dev.moat.vfs.fake.World;
import org.junit.jupiter.api.Test;

final class DeviceChecksTest {
    private static final int DEVICE = FileMode.S_IFCHR | 0600;
    private static final int NULL_DEVICE = 1 << 8 | 3;

    private final World world = new World();
    private final Guest guest = new Guest(world);

    /** All programs together. */
    private int asked;

    private long steps;

    /** A program of so many instructions. */
    private final class Program implements DeviceProgram {
        private final int length;
        private final boolean answer;

        Program(int length, boolean answer) {
            this.length = length;
            this.answer = answer;
        }

        @Override
        public int id() {
            return 1;
        }

        @Override
        public boolean permits(Task task, DeviceUse use, StepBudget budget) {
            Place root = world.vfs.resolve(world.task, "/", Follow.NO);
            assertTrue(!root.dentry().lock().isHeldByCurrentThread(), "a lock is held");
            asked++;
            for (int i = 0; i < length; i++) {
                if (!budget.take()) {
                    return false;
                }
                steps++;
            }
            return answer;
        }

        @Override
        public void retain() {}

        @Override
        public void release() {}
    }

    private void attach(int length, boolean answer) {
        DeviceRules.attach(
                world.task.cgroup(),
                new DeviceAttachment(new Program(length, answer), null),
                null,
                Bpf.BPF_F_ALLOW_MULTI,
                0);
    }

    @Test
    void programs_runWithoutLocks() {
        attach(1, true);
        assertEquals(0, guest.mknod("/null", DEVICE, NULL_DEVICE));
        assertEquals(1, asked);
        attach(1, false);
        assertEquals(Guest.error(Errno.EPERM), guest.mknod("/other", DEVICE, NULL_DEVICE));
        assertEquals(Guest.error(Errno.EEXIST), guest.mknod("/null", DEVICE, NULL_DEVICE));
        assertEquals(0, guest.mkfifo("/fifo"));
        assertEquals(5, asked);
    }

    @Test
    void refusal_endsTheCheck() {
        attach(1, true);
        attach(1, false);
        attach(1, true);
        assertEquals(Guest.error(Errno.EPERM), guest.mknod("/null", DEVICE, NULL_DEVICE));
        assertEquals(2, asked);
    }

    @Test
    void longPrograms_shareWhatACheckMayTake() {
        for (int i = 0; i < 64; i++) {
            attach(1_000_000, true);
        }
        assertEquals(Guest.error(Errno.EPERM), guest.mknod("/null", DEVICE, NULL_DEVICE));
        assertTrue(asked < 64 && steps > 4_000_000 && steps < 5_000_000, asked + ": " + steps);
    }

    @Test
    void taskThatMustEnd_waitsForNoProgram() {
        attach(1, true);
        world.killed = true;
        assertEquals(Guest.error(Errno.EPERM), guest.mknod("/null", DEVICE, NULL_DEVICE));
        assertEquals(0, asked);
    }
}
