package dev.moat.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LeaseBookTest {
    private final LeaseBook book = new LeaseBook();

    @Test
    void leases_areCountedByHolder() {
        book.add(3, "web");
        book.add(3, "db");
        book.add(3, "web");
        assertEquals(List.of("db", "web", "web"), book.holders(3));
        book.remove(3, "web");
        book.remove(3, "db");
        assertEquals(List.of("web"), book.holders(3));
        assertEquals(List.of(), book.holders(4));
    }

    @Test
    void aLeaseThatIsNotThere_cannotBeGivenBack() {
        book.add(3, "web");
        assertThrows(IllegalStateException.class, () -> book.remove(3, "db"));
    }

    @Test
    void whoeverWaits_goesOnWithTheLastLease() throws Exception {
        book.add(3, "web");
        assertFalse(book.awaitFree(3, 1));
        CompletableFuture<Boolean> free =
                CompletableFuture.supplyAsync(
                        () -> book.awaitFree(3, TimeUnit.SECONDS.toNanos(20)));
        book.remove(3, "web");
        assertTrue(free.get(20, TimeUnit.SECONDS));
    }
}
