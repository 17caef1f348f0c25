package dev.moat.loader;

import static dev.moat.abi.MemoryFlags.MAP_FIXED;
import static dev.moat.abi.MemoryFlags.MAP_FIXED_NOREPLACE;
import static dev.moat.abi.MemoryFlags.PROT_WRITE;

import dev.moat.abi.Errno;
import dev.moat.api.mm.MapRequest;
import dev.moat.api.mm.MemoryManager;
import dev.moat.api.mm.UserMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** An address space that remembers mappings page by page and what the kernel wrote into it. */
final class FakeAddressSpace {
    static final long LIMIT = 0x7fff_ffff_f000L;

    /** Page address to the request that mapped it. */
    final TreeMap<Long, MapRequest> pages = new TreeMap<>();

    final Map<Long, Byte> written = new HashMap<>();
    long breakStart;
    Optional<MemoryManager.Layout> layout = Optional.empty();

    private final UserMemory user =
            Fakes.fake(
                    UserMemory.class,
                    (method, arguments) ->
                            switch (method) {
                                case "copyOut" -> {
                                    write(
                                            (long) arguments[0],
                                            ((MemorySegment) arguments[1])
                                                    .asSlice(
                                                            (long) arguments[2],
                                                            (long) arguments[3]));
                                    yield null;
                                }
                                case "clear" -> {
                                    write(
                                            (long) arguments[0],
                                            MemorySegment.ofArray(
                                                    new byte[(int) (long) arguments[1]]));
                                    yield null;
                                }
                                default -> throw Fakes.unexpected(method);
                            });

    private final MemoryManager manager =
            Fakes.fake(
                    MemoryManager.class,
                    (method, arguments) ->
                            switch (method) {
                                case "map" -> map((MapRequest) arguments[0]);
                                case "unmap" -> {
                                    unmap((long) arguments[0], (long) arguments[1]);
                                    yield null;
                                }
                                case "user" -> user;
                                case "setBreakStart" -> {
                                    breakStart = (long) arguments[0];
                                    yield null;
                                }
                                case "setLayout" -> {
                                    layout = Optional.of((MemoryManager.Layout) arguments[0]);
                                    yield null;
                                }
                                default -> throw Fakes.unexpected(method);
                            });

    MemoryManager manager() {
        return manager;
    }

    byte readByte(long address) {
        return written.getOrDefault(address, (byte) 0);
    }

    long readLong(long address) {
        byte[] bytes = new byte[8];
        for (int i = 0; i < 8; i++) {
            bytes[i] = readByte(address + i);
        }
        return MemorySegment.ofArray(bytes).get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
    }

    String readString(long address) {
        StringBuilder text = new StringBuilder();
        for (long at = address; readByte(at) != 0; at++) {
            text.append((char) (readByte(at) & 0xff));
        }
        return text.toString();
    }

    private long map(MapRequest request) {
        long length = Pages.up(request.lengthBytes());
        if (request.lengthBytes() <= 0 || length <= 0 || Pages.offset(request.offset()) != 0) {
            throw Errno.EINVAL.exception();
        }
        long address = request.addressHint();
        boolean fixed = (request.flags() & (MAP_FIXED | MAP_FIXED_NOREPLACE)) != 0;
        if (!fixed) {
            address = 0x7f00_0000_0000L - length;
            while (!pages.subMap(address, address + length).isEmpty()) {
                address = pages.subMap(address, address + length).firstKey() - length;
            }
        }
        if (Pages.offset(address) != 0) {
            throw Errno.EINVAL.exception();
        }
        if (address < 0x10000 || address > LIMIT - length) {
            throw Errno.ENOMEM.exception();
        }
        if ((request.flags() & MAP_FIXED_NOREPLACE) != 0
                && !pages.subMap(address, address + length).isEmpty()) {
            throw Errno.EEXIST.exception();
        }
        if (length > 1L << 32) {
            throw Errno.ENOMEM.exception(); // keeps hostile sizes out of the page map
        }
        for (long page = address; page < address + length; page += 4096) {
            pages.put(page, request);
        }
        return address;
    }

    private void unmap(long address, long lengthBytes) {
        pages.subMap(address, address + Pages.up(lengthBytes)).clear();
    }

    private void write(long address, MemorySegment source) {
        for (long i = 0; i < source.byteSize(); i++) {
            MapRequest page = pages.get(Pages.down(address + i));
            if (page == null || (page.prot() & PROT_WRITE) == 0) {
                throw Errno.EFAULT.exception();
            }
            written.put(address + i, source.get(ValueLayout.JAVA_BYTE, i));
        }
    }
}
