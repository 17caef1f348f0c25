package dev.moat.platform.trap;

import dev.moat.abi.UserRegs;
import dev.moat.api.host.HostFiles;
import dev.moat.api.host.HostMemory;
import dev.moat.api.host.HostResult;
import dev.moat.api.platform.AddressSpace;
import dev.moat.api.platform.ExecutionContext;
import dev.moat.api.platform.Platform;
import dev.moat.api.platform.PlatformSession;
import dev.moat.api.platform.Protection;
import dev.moat.host.HostServices;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Assumptions;

/** A session of the trap platform with 16 MiB of guest memory, for hand-assembled guests. */
final class Sandbox implements AutoCloseable {
    /** Where {@link #load} puts code: offset 0 of the memory file. */
    static final long CODE = 0x400000;

    /** A page of data: offset {@link #DATA_OFFSET} of the memory file. */
    static final long DATA = 0x600000;

    static final long DATA_OFFSET = 0x10000;
    private static final long SIZE = 16 << 20;

    final HostServices host = HostServices.create();
    final PlatformSession session;
    private final TrapPlatform platform;
    final MemorySegment memory;
    private final int fd;

    /** Contexts pin their thread for good, and here that is the test's own. */
    private final long[] affinity = new long[16];

    Sandbox() {
        this(new CallWishes(Patching.ON, Spinning.AUTO));
    }

    Sandbox(CallWishes wishes) {
        host.processes().getAffinity(0, affinity);
        HostMemory hostMemory = host.memory();
        HostFiles files = host.files();
        fd = HostResult.orThrow(hostMemory.createMemoryFile("moat-test"));
        HostResult.orThrow(hostMemory.resize(fd, SIZE));
        memory = hostMemory.map(fd, 0, SIZE, 3);
        platform =
                new TrapPlatform(
                        new HostParts(files, hostMemory, host.processes(), host.notifications()),
                        host.system(),
                        wishes);
        Platform.Availability answer = platform.availability();
        Assumptions.assumeTrue(answer.available(), answer.reason());
        session = platform.open(fd);
    }

    /** A space with {@code code} (hexadecimal bytes) mapped at {@link #CODE}. */
    AddressSpace load(String code) {
        AddressSpace space = session.newAddressSpace();
        write(0, code);
        space.map(CODE, 4096, 0, Protection.READ_EXECUTE);
        return space;
    }

    /** Puts bytes into the memory file. */
    void write(long offset, String code) {
        byte[] bytes = java.util.HexFormat.of().parseHex(code.replace(" ", ""));
        MemorySegment.copy(MemorySegment.ofArray(bytes), 0, memory, offset, bytes.length);
    }

    /** A context that starts at {@link #CODE}. */
    ExecutionContext context() {
        ExecutionContext context = session.newContext();
        context.registers().set(UserRegs.RIP, CODE);
        return context;
    }

    @Override
    public void close() {
        session.close();
        platform.close();
        host.processes().setAffinity(0, affinity);
        host.memory().unmap(memory);
        host.files().close(fd);
    }
}
