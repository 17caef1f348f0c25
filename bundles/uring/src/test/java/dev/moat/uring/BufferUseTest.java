package dev.moat.uring;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BufferUseTest {
    private static final int GROUP = 1;
    private static final int ENTRIES = 512;
    private static final int MANY = 256;
    private static final int SEND = 26;

    private final FakeGuest guest = new FakeGuest((_, _) -> 0);
    private final ProvidedBuffers buffers = guest.ring.providedBuffers();
    private SharedRegion region = SharedRegion.ofPages(guest.task, ENTRIES * 16L);

    @AfterEach
    void close() throws Exception {
        guest.close();
    }

    /** A ring with as many buffers of 16 bytes. */
    private void makeRing(int count) {
        for (int i = 0; i < count; i++) {
            byte[] entry = new byte[14];
            MemorySegment struct = MemorySegment.ofArray(entry);
            struct.set(JAVA_LONG_UNALIGNED, 0, 0x10000L + 16 * i);
            struct.set(JAVA_INT_UNALIGNED, 8, 16);
            struct.set(JAVA_SHORT_UNALIGNED, 12, (short) i);
            region.write(16L * i, entry);
        }
        byte[] tail = new byte[2];
        MemorySegment.ofArray(tail).set(JAVA_SHORT_UNALIGNED, 0, (short) count);
        region.write(14, tail);
        buffers.registerRing(GROUP, region, ENTRIES, false);
    }

    private Request request() {
        guest.ring.worker().keeping().take(Keeping.REQUEST);
        return new Request(guest.ring, guest.task, FakeGuest.entry(SEND, 1), 0);
    }

    private static BufferUse use(ProvidedBuffers buffers, Request request) {
        BufferUse use = buffers.use(GROUP, request);
        assertNotNull(use);
        return use;
    }

    private static BufferChoice choose(BufferUse use, int most) {
        BufferChoice choice = use.choose(0, most);
        assertNotNull(choice);
        return choice;
    }

    @Test
    void choice_thatIsKept_isChargedUntilItsRequestEnds() {
        makeRing(300);
        long before = guest.heap.bytes();
        Request request = request();
        try (BufferUse use = use(buffers, request)) {
            BufferChoice choice = choose(use, MANY);
            assertEquals(MANY, choice.parts().size());
            use.commit(choice, choice.lengthBytes());
            request.selection().keep(choice, 0);
        }
        assertTrue(guest.heap.bytes() - before > MANY * 32, () -> "" + guest.heap);
        request.free();
        assertEquals(before, guest.heap.bytes());
    }

    @Test
    void choice_thatIsNotKept_isChargedInItsUseOnly() {
        makeRing(300);
        Request request = request();
        long before = guest.heap.bytes();
        try (BufferUse use = use(buffers, request)) {
            choose(use, MANY);
            choose(use, MANY);
            assertTrue(guest.heap.bytes() > before);
        }
        assertEquals(before, guest.heap.bytes());
        request.free();
    }

    @Test
    void choice_withoutMemoryForMany_isOne() {
        makeRing(300);
        Request request = request();
        guest.leftPages = 0;
        try (BufferUse use = use(buffers, request)) {
            assertEquals(1, choose(use, MANY).parts().size());
        }
        request.free();
    }

    @Test
    void ring_withBuffersGivenBackToAnEarlierRevision_givesThemFirst() {
        makeRing(2);
        Request request = request();
        try (BufferUse use = use(buffers, request)) {
            var returned = new ProvidedBuffers.Buffer(0x5000, 32, 9);
            buffers.putBack(
                    new BufferChoice(
                            choose(use, 1).group(), List.of(returned), returned, false, false));
            BufferChoice first = choose(use, 1);
            assertEquals(9, first.parts().getFirst().id());
            use.commit(first, 32);
            assertEquals(0, buffers.headOf(GROUP));
            BufferChoice second = choose(use, 1);
            assertEquals(0, second.parts().getFirst().id());
            use.commit(second, 16);
            assertEquals(1, buffers.headOf(GROUP));
        }
        request.free();
    }

    @Test
    void use_ofOne_keepsOthersOut() {
        makeRing(2);
        Request first = request();
        Request second = request();
        try (BufferUse use = use(buffers, first)) {
            assertTrue(use.isKnown());
            assertNull(buffers.use(GROUP, second));
            buffers.unregisterRing(GROUP);
            // it is gone for others, and works for who uses it
            assertEquals(1, choose(use, 1).parts().size());
        }
        try (BufferUse use = use(buffers, second)) {
            assertTrue(!use.isKnown());
            assertNull(use.choose(0, 1));
        }
        first.free();
        second.free();
    }
}
