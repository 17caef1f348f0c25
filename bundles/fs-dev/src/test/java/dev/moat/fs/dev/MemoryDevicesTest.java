package dev.moat.fs.dev;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.moat.abi.DeviceNumbers;
import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.OpenFlags;
import dev.moat.api.host.HostSystem;
import dev.moat.api.mm.KernelBuffer;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.Inode.Owner;
import dev.moat.api.vfs.MountRequest;
import dev.moat.fs.dev.fake.FakeWorld;
import dev.moat.fs.dev.fake.Partial;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class MemoryDevicesTest {
    private final FakeWorld world = new FakeWorld();
    private final Task task = world.process(1, 1, 1).task();
    private final MemoryDevices devices =
            new MemoryDevices(Partial.of(HostSystem.class, new Dice()));
    private final Inode node =
            new DevtmpfsType()
                    .open(new MountRequest(world.sandbox(), "", Map.of(), false, List.of(), 1))
                    .root()
                    .create("node", 020666, 0, new Owner(0, 0));

    /** A generator that gives sevens. */
    public static final class Dice {
        public void random(byte[] target) {
            Arrays.fill(target, (byte) 7);
        }
    }

    @Test
    void serves_itsNumbersOnly() {
        assertTrue(devices.serves(DeviceNumbers.make(1, 3)));
        assertFalse(devices.serves(DeviceNumbers.make(1, 1)), "no /dev/mem");
        assertFalse(devices.serves(DeviceNumbers.make(5, 0)));
    }

    @Test
    void null_isEmptyAndTakesEverything() {
        FileDescription file = open(3, OpenFlags.O_RDWR);
        assertEquals(0, file.read(task, KernelBuffer.of(new byte[5])));
        KernelBuffer source = KernelBuffer.of(new byte[5]);
        assertEquals(5, file.write(task, source));
        assertEquals(0, source.remaining());
        assertEquals(0, file.seek(task, 100, 0));
        assertErrno(Errno.ENODEV, file::mappable);
        assertErrno(Errno.ENOTTY, () -> file.ioctl(task, 0x5401, 0));
    }

    @Test
    void zero_fillsWithZeros() {
        byte[] bytes = {1, 2, 3};
        assertEquals(3, open(5, 0).read(task, KernelBuffer.of(bytes)));
        assertArrayEquals(new byte[3], bytes);
        assertEquals(2, open(5, 0).readAt(task, KernelBuffer.of(new byte[2]), 1000));
    }

    @Test
    void full_hasNeverRoom() {
        FileDescription file = open(7, OpenFlags.O_RDWR);
        assertEquals(2, file.read(task, KernelBuffer.of(new byte[2])));
        assertErrno(Errno.ENOSPC, () -> file.write(task, KernelBuffer.of(new byte[1])));
    }

    @Test
    void random_fillsTheWholeBuffer() {
        byte[] bytes = new byte[10_000];
        assertEquals(bytes.length, open(9, 0).read(task, KernelBuffer.of(bytes)));
        for (byte b : bytes) {
            assertEquals(7, b);
        }
    }

    @Test
    void kmsg_writesMessagesToTheLogAndDropsAFlood() {
        FileDescription file = open(11, OpenFlags.O_WRONLY);
        write(file, "<3>hello\n");
        write(file, "<30>mail\n");
        write(file, "<x>plain\n");
        assertEquals(List.of("11 hello\n", "30 mail\n", "12 <x>plain\n"), world.logLines);
        for (int i = 0; i < 50; i++) {
            write(file, "again\n");
        }
        assertEquals(10, world.logLines.size());
        world.nowNs += 5_000_000_000L;
        write(file, "later\n");
        assertEquals(11, world.logLines.size());
        assertErrno(Errno.EINVAL, () -> write(file, "x".repeat(2000)));
    }

    private void write(FileDescription file, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        assertEquals(bytes.length, file.write(task, KernelBuffer.of(bytes)));
    }

    private FileDescription open(int minor, int flags) {
        return devices.open(task, node, DeviceNumbers.make(1, minor), flags);
    }

    private static void assertErrno(Errno errno, Runnable action) {
        assertEquals(errno, assertThrows(ErrnoException.class, action::run).errno());
    }
}
