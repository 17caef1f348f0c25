package dev.moat.fs.proc;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.moat.abi.DeviceNumbers;
import dev.moat.abi.Errno;
import dev.moat.abi.MemoryFlags;
import dev.moat.abi.VmFlags;
import dev.moat.api.mm.HugePagePool;
import dev.moat.api.mm.MemoryManager;
import dev.moat.api.mm.UserMemory;
import dev.moat.api.mm.VmaInfo;
import dev.moat.api.task.Task;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * PROCMAP_QUERY: one area of an address space by address. Documentation/filesystems/proc.rst,
 * {@code struct procmap_query} of include/uapi/linux/fs.h.
 */
final class AreaQuery {
    static final int COMMAND = 0xc0686611;

    private static final int STRUCT_BYTES = 104;
    private static final long MAX_STRUCT_BYTES = 4096;

    /** Up to the end of {@code query_addr}. */
    private static final long LEAST_STRUCT_BYTES = 24;

    // Offsets of struct procmap_query.
    private static final int SIZE = 0;
    private static final int QUERY_FLAGS = 8;
    private static final int QUERY_ADDRESS = 16;
    private static final int START = 24;
    private static final int END = 32;
    private static final int FLAGS = 40;
    private static final int PAGE_SIZE = 48;
    private static final int OFFSET = 56;
    private static final int INODE = 64;
    private static final int DEVICE_MAJOR = 72;
    private static final int DEVICE_MINOR = 76;
    private static final int NAME_SIZE = 80;
    private static final int BUILD_ID_SIZE = 84;
    private static final int NAME_ADDRESS = 88;
    private static final int BUILD_ID_ADDRESS = 96;

    // PROCMAP_QUERY_*; the first four have the numbers of VM_READ, VM_WRITE, VM_EXEC, VM_SHARED.
    private static final long RIGHTS =
            VmFlags.VM_READ | VmFlags.VM_WRITE | VmFlags.VM_EXEC | VmFlags.VM_SHARED;
    private static final long COVERING_OR_NEXT = 0x10;
    private static final long FILE_BACKED = 0x20;
    private static final long KNOWN_FLAGS = RIGHTS | COVERING_OR_NEXT | FILE_BACKED;

    /** PATH_MAX. */
    private static final long MAX_NAME_BYTES = 4096;

    private final Task reader;
    private final UserMemory user;
    private final long userAddr;
    private final MemorySegment struct = MemorySegment.ofArray(new byte[STRUCT_BYTES]);

    AreaQuery(Task reader, long userAddr) {
        this.reader = reader;
        this.user = reader.user();
        this.userAddr = userAddr;
    }

    /**
     * Answers it from {@code memory}.
     *
     * @return 0
     * @throws dev.moat.abi.ErrnoException EFAULT; E2BIG and EINVAL for what is not understood;
     *     ESRCH: nobody has this memory any more; ENOENT: no such area; ENAMETOOLONG: the name or
     *     the build id is longer than the room for it
     */
    long answer(MemoryManager memory) {
        long size = readStruct();
        checkStruct();
        if (memory.users() == 0) {
            throw Errno.ESRCH.exception();
        }
        VmaInfo area = find(memory).orElseThrow(Errno.ENOENT::exception);
        describe(area);
        byte[] name = name(area);
        byte[] buildId = buildId(memory, area);
        copyOut(NAME_ADDRESS, name);
        copyOut(BUILD_ID_ADDRESS, buildId);
        user.copyOut(userAddr, struct, 0, Math.min(size, STRUCT_BYTES));
        return 0;
    }

    private long readStruct() {
        long size = user.readLong(userAddr);
        if (size < 0 || size > MAX_STRUCT_BYTES) {
            throw Errno.E2BIG.exception();
        }
        if (size < LEAST_STRUCT_BYTES) {
            throw Errno.EINVAL.exception();
        }
        byte[] given = user.copyIn(userAddr, (int) size);
        for (int i = STRUCT_BYTES; i < size; i++) {
            if (given[i] != 0) {
                throw Errno.E2BIG.exception();
            }
        }
        MemorySegment.copy(
                MemorySegment.ofArray(given), 0, struct, 0, Math.min(size, STRUCT_BYTES));
        // What may have changed since it was read.
        set(SIZE, size);
        return size;
    }

    private void checkStruct() {
        boolean wantsName = getInt(NAME_SIZE) != 0;
        boolean wantsBuildId = getInt(BUILD_ID_SIZE) != 0;
        if ((get(QUERY_FLAGS) & ~KNOWN_FLAGS) != 0
                || wantsName != (get(NAME_ADDRESS) != 0)
                || wantsBuildId != (get(BUILD_ID_ADDRESS) != 0)) {
            throw Errno.EINVAL.exception();
        }
    }

    private Optional<VmaInfo> find(MemoryManager memory) {
        long flags = get(QUERY_FLAGS);
        boolean goesOn = (flags & COVERING_OR_NEXT) != 0;
        long address = get(QUERY_ADDRESS);
        Optional<VmaInfo> found = areaFrom(memory, address);
        while (found.isPresent() && !fits(found.get(), flags)) {
            found = goesOn ? areaFrom(memory, found.get().end()) : Optional.empty();
        }
        return found.filter(area -> goesOn || area.start() <= address);
    }

    private static Optional<VmaInfo> areaFrom(MemoryManager memory, long address) {
        // Addresses are unsigned; nothing is mapped in the upper half.
        return address < 0 ? Optional.empty() : memory.control().areaFrom(address);
    }

    private static boolean fits(VmaInfo area, long flags) {
        return ((flags & FILE_BACKED) == 0 || area.isOfFile())
                && (flags & RIGHTS & ~rights(area)) == 0;
    }

    private static long rights(VmaInfo area) {
        long rights = area.prot() & (VmFlags.VM_READ | VmFlags.VM_WRITE | VmFlags.VM_EXEC);
        return (area.flags() & MemoryFlags.MAP_SHARED) != 0 ? rights | VmFlags.VM_SHARED : rights;
    }

    private void describe(VmaInfo area) {
        set(START, area.start());
        set(END, area.end());
        set(FLAGS, rights(area));
        set(PAGE_SIZE, MapsText.isHuge(area) ? HugePagePool.PAGE_BYTES : MemoryFlags.PAGE_SIZE);
        set(OFFSET, area.offset());
        set(INODE, area.inode().inode());
        setInt(DEVICE_MAJOR, (int) DeviceNumbers.major(area.inode().device()));
        setInt(DEVICE_MINOR, (int) DeviceNumbers.minor(area.inode().device()));
    }

    /** With its end; empty if nobody asked, or there is none. */
    private byte[] name(VmaInfo area) {
        if (getInt(NAME_SIZE) == 0) {
            return new byte[0];
        }
        String seen = MapsText.seen(reader, area).name();
        byte[] name =
                seen.isEmpty() ? new byte[0] : (seen + '\0').getBytes(StandardCharsets.ISO_8859_1);
        long room = Math.min(MAX_NAME_BYTES, Integer.toUnsignedLong(getInt(NAME_SIZE)));
        if (name.length > room) {
            throw Errno.ENAMETOOLONG.exception();
        }
        setInt(NAME_SIZE, name.length);
        return name;
    }

    private byte[] buildId(MemoryManager memory, VmaInfo area) {
        if (getInt(BUILD_ID_SIZE) == 0) {
            return new byte[0];
        }
        byte[] buildId =
                new BuildId((offset, bytes) ->
                        memory.control().readMapped(area.start(), bytes, offset))
                        .find();
        if (buildId.length > Integer.toUnsignedLong(getInt(BUILD_ID_SIZE))) {
            throw Errno.ENAMETOOLONG.exception();
        }
        setInt(BUILD_ID_SIZE, buildId.length);
        return buildId;
    }

    private void copyOut(int address, byte[] bytes) {
        if (bytes.length > 0) {
            user.copyOut(get(address), bytes);
        }
    }

    private long get(int offset) {
        return struct.get(JAVA_LONG_UNALIGNED, offset);
    }

    private int getInt(int offset) {
        return struct.get(JAVA_INT_UNALIGNED, offset);
    }

    private void set(int offset, long value) {
        struct.set(JAVA_LONG_UNALIGNED, offset, value);
    }

    private void setInt(int offset, int value) {
        struct.set(JAVA_INT_UNALIGNED, offset, value);
    }
}
