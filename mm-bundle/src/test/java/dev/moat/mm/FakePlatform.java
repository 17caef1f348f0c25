package dev.moat.mm;

import dev.moat.api.platform.AddressSpace;
import dev.moat.api.platform.ExecutionContext;
import dev.moat.api.platform.PlatformSession;
import dev.moat.api.platform.Protection;
import java.util.HashMap;
import java.util.Map;

/**
 * A platform whose mappings are a map by page, so that a test can access memory as a guest would.
 */
final class FakePlatform implements PlatformSession {
    static final long HIGH = 0x7ffff0000000L;

    @Override
    public long minUserAddress() {
        return 0x10000;
    }

    @Override
    public long maxUserAddress() {
        return HIGH;
    }

    @Override
    public int fpStateBytes() {
        return 0;
    }

    @Override
    public AddressSpace newAddressSpace() {
        return new FakeAddressSpace();
    }

    @Override
    public ExecutionContext newContext() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}

    record Page(long memoryOffset, Protection protection) {}

    /** Applies changes at once and checks their arguments. */
    static final class FakeAddressSpace implements AddressSpace {
        final Map<Long, Page> pages = new HashMap<>();
        int maps;
        int unmaps;
        int protects;
        boolean closed;

        @Override
        public void map(
                long address, long lengthBytes, long memoryFileOffset, Protection protection) {
            check(address, lengthBytes);
            if ((memoryFileOffset & 4095) != 0 || protection == Protection.NONE) {
                throw new AssertionError("bad map");
            }
            maps++;
            for (long i = 0; i < lengthBytes; i += 4096) {
                pages.put(address + i, new Page(memoryFileOffset + i, protection));
            }
        }

        @Override
        public void unmap(long address, long lengthBytes) {
            check(address, lengthBytes);
            unmaps++;
            for (long i = 0; i < lengthBytes; i += 4096) {
                pages.remove(address + i);
            }
        }

        @Override
        public void protect(long address, long lengthBytes, Protection protection) {
            check(address, lengthBytes);
            protects++;
            for (long i = 0; i < lengthBytes; i += 4096) {
                pages.computeIfPresent(
                        address + i, (a, page) -> new Page(page.memoryOffset(), protection));
            }
        }

        @Override
        public void sync() {}

        @Override
        public AddressSpace fork() {
            FakeAddressSpace child = new FakeAddressSpace();
            child.pages.putAll(pages);
            return child;
        }

        @Override
        public void close() {
            closed = true;
            pages.clear();
        }

        private void check(long address, long lengthBytes) {
            if (closed
                    || (address & 4095) != 0
                    || (lengthBytes & 4095) != 0
                    || lengthBytes <= 0
                    || address < 0
                    || address + lengthBytes > HIGH) {
                throw new AssertionError("bad range %#x + %#x".formatted(address, lengthBytes));
            }
        }
    }
}
