package dev.moat.platform.kit;

import dev.moat.abi.UserRegs;
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

/** A session of a platform with 16 MiB of guest memory, for hand-assembled guests. */
public final class GuestSandbox implements AutoCloseable {
    /** Where {@link #load} puts code: offset 0 of the memory file. */
    public static final long CODE = 0x400000;

    /** A page of data: offset {@link #DATA_OFFSET} of the memory file. */
    public static final long DATA = 0x600000;

    public static final long DATA_OFFSET = 0x10000;
    private static final long SIZE = 16 << 20;

    private final HostServices host = HostServices.create();
    private final Insides insides;
    private final PlatformSession session;
    private final Platform platform;
    private final MemorySegment memory;
    private final int fd;

    /** Contexts pin their thread for good, and here that is the test's own. */
    private final long[] affinity = new long[16];

    /**
     * Opens a session; the test is skipped where the platform does not work.
     *
     * @param insides what the platform's own tests know of it
     */
    public GuestSandbox(Insides insides) {
        this.insides = insides;
        host.processes().getAffinity(0, affinity);
        HostMemory hostMemory = host.memory();
        fd = HostResult.orThrow(hostMemory.createMemoryFile("moat-test"));
        HostResult.orThrow(hostMemory.resize(fd, SIZE));
        memory = hostMemory.map(fd, 0, SIZE, 3);
        platform = insides.make(host);
        Platform.Availability answer = platform.availability();
        Assumptions.assumeTrue(answer.available(), answer.reason());
        session = platform.open(fd);
    }

    /** What the contracts look at behind the api of a platform. */
    public interface Insides {
        /** The platform, with services of this machine; closed by {@link #close}. */
        Platform make(HostServices host);

        /** Ends what {@link #make} gave. */
        void close(Platform platform);

        /** Whether the context's thread runs guest code now. Any thread. */
        boolean isInGuest(ExecutionContext context);

        /** The CPU that the context's thread is placed on. Any thread. */
        int cpu(ExecutionContext context);

        /** The host process that holds the mappings. */
        int processId(AddressSpace space);
    }

    public HostServices host() {
        return host;
    }

    public PlatformSession session() {
        return session;
    }

    /** The memory file, mapped. */
    public MemorySegment memory() {
        return memory;
    }

    public Insides insides() {
        return insides;
    }

    /** A space with {@code code} (hexadecimal bytes) mapped at {@link #CODE}. */
    public AddressSpace load(String code) {
        AddressSpace space = session.newAddressSpace();
        write(0, code);
        space.map(CODE, 4096, 0, Protection.READ_EXECUTE);
        return space;
    }

    /** Puts bytes into the memory file. */
    public void write(long offset, String code) {
        byte[] bytes = java.util.HexFormat.of().parseHex(code.replace(" ", ""));
        MemorySegment.copy(MemorySegment.ofArray(bytes), 0, memory, offset, bytes.length);
    }

    /** A context that starts at {@link #CODE}. */
    public ExecutionContext context() {
        ExecutionContext context = session.newContext();
        context.registers().set(UserRegs.RIP, CODE);
        return context;
    }

    @Override
    public void close() {
        session.close();
        insides.close(platform);
        host.processes().setAffinity(0, affinity);
        host.memory().unmap(memory);
        host.files().close(fd);
    }
}
