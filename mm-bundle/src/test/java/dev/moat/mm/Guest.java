package dev.moat.mm;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.moat.api.mm.MapRequest;
import dev.moat.api.mm.Mappable;
import dev.moat.api.mm.MemoryManager;
import dev.moat.api.mm.MemoryManager.FaultResult;
import dev.moat.api.platform.Access;
import dev.moat.mm.FakePlatform.FakeAddressSpace;
import dev.moat.mm.FakePlatform.Page;
import java.util.Optional;

/**
 * A guest process of a test: maps and touches memory as a program does, through the fake platform.
 */
final class Guest {
    static final int PRIVATE = 0x22;
    static final int SHARED = 0x21;

    final MemoryManager memory;
    private final KernelMemory sandbox;

    Guest(KernelMemory sandbox, MemoryManager memory) {
        this.sandbox = sandbox;
        this.memory = memory;
    }

    static Guest start(KernelMemory sandbox) {
        return new Guest(sandbox, sandbox.newMemoryManager(new FakePlatform()));
    }

    FakeAddressSpace platform() {
        return (FakeAddressSpace) memory.addressSpace();
    }

    long mmap(long hint, long length, int prot, int flags) {
        return memory.map(MapRequest.anonymous(hint, length, prot, flags, ""));
    }

    long mmapFile(long length, int prot, int flags, Mappable file, long offset) {
        return memory.map(
                new MapRequest(
                        0,
                        length,
                        prot,
                        7,
                        flags,
                        Optional.of(file),
                        offset,
                        "file",
                        MapRequest.FileIdentity.NONE));
    }

    Guest fork() {
        return new Guest(sandbox, memory.fork());
    }

    /** A load by the guest; the value, or the signal it gets. */
    long load(long address) {
        access(address, Access.UNKNOWN, false);
        return at(address).get(JAVA_LONG_UNALIGNED, 0);
    }

    void store(long address, long value) {
        access(address, Access.UNKNOWN, true);
        at(address).set(JAVA_LONG_UNALIGNED, 0, value);
    }

    FaultResult tryStore(long address) {
        return tryAccess(address, true);
    }

    FaultResult tryLoad(long address) {
        return tryAccess(address, false);
    }

    private java.lang.foreign.MemorySegment at(long address) {
        Page page = platform().pages.get(address & ~4095L);
        return sandbox.chunks().segment(page.memoryOffset() + (address & 4095), 8);
    }

    private void access(long address, Access access, boolean write) {
        FaultResult result = tryAccess(address, write);
        if (result != FaultResult.RESOLVED) {
            throw new AssertionError(
                    "%s of %#x: %s".formatted(write ? "store" : "load", address, result));
        }
    }

    private FaultResult tryAccess(long address, boolean write) {
        for (int attempt = 0; attempt < 4; attempt++) {
            Page page = platform().pages.get(address & ~4095L);
            if (page != null
                    && (write ? page.protection().writable() : page.protection().readable())) {
                return FaultResult.RESOLVED;
            }
            FaultResult result = memory.handleFault(address, Access.UNKNOWN, page != null, 1);
            if (result != FaultResult.RESOLVED) {
                return result;
            }
        }
        throw new AssertionError("fault at %#x is not resolved".formatted(address));
    }
}
